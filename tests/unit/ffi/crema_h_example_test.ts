import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Engine } from "../../../ffi/engine.ts";
import { encode } from "../../../proto/codec/binary.ts";
import { netFromText } from "../../../proto/nets/read_net.ts";
import { libcaffeTest } from "./libcaffe/built.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** The example in the head comment of crema.h: its only indented lines up to the conventions. */
function example(header: string): string {
  const [head = ""] = header.split("// Conventions:");
  return [...head.matchAll(/^\/\/ {3}(.*)$/gm)].map(([, line]) => line).join("\n");
}

/** A net that doubles the first two of four values and adds 1. */
const NET = `layer { name: "in" type: "Input" top: "in" input_param { shape { dim: 1 dim: 4 } } }
layer { name: "cut" type: "Slice" bottom: "in" top: "a" top: "b" slice_param { axis: 1 slice_point: 2 } }
layer { name: "none" type: "Silence" bottom: "b" }
layer { name: "out" type: "Power" bottom: "a" top: "out" power_param { scale: 2 shift: 1 } }`;

/** The example as a whole program, which prints the scores and returns the status. */
function program(bytes: Uint8Array): string {
  const header = Deno.readTextFileSync(join(root, "ffi", "crema.h"));
  return `#include <stdio.h>

#include "ffi/crema.h"

static const uint8_t bytes[] = {${bytes.join(", ")}};
static const uint64_t size = sizeof bytes;

int main(void) {
${example(header)}
  printf("%g %g\\n", scores[0], scores[1]);
  return status;
}
`;
}

/** Compiles the program as strict C, links it with an engine and runs it. */
async function run(engine: string, source: string) {
  const library = Engine.open(engine).path;
  const folder = await Deno.makeTempDir({ prefix: "crema_h_example_" });
  try {
    const file = join(folder, "example.c");
    await Deno.writeTextFile(file, source);
    const compiled = await new Deno.Command("cc", {
      args: [
        ...["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic-errors", "-I", root],
        ...[file, "-o", join(folder, "example"), library, `-Wl,-rpath,${dirname(library)}`],
        "-Wl,--allow-shlib-undefined",
      ],
    }).output();
    assert.ok(compiled.success, new TextDecoder().decode(compiled.stderr));
    const { code, stdout, stderr } = await new Deno.Command(join(folder, "example")).output();
    return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function checkExample(engine: string): Promise<void> {
  const bytes = encode("NetParameter", netFromText(NET, "example.prototxt"));
  assert.deepEqual(await run(engine, program(bytes)), { code: 0, stdout: "1.2 1.4\n", stderr: "" });
  const failed = await run(
    engine,
    program(encode("NetParameter", { layer: [{ type: "ReLU", bottom: ["x"] }] })),
  );
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /^Expected bottom 'x'/);
}

Deno.test("the example in crema.h compiles as C and runs", () => checkExample("embedded"));
libcaffeTest("the example in crema.h runs on libcaffe", () => checkExample("libcaffe"));
