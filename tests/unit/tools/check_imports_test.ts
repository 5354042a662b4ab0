import { deepEqual } from "node:assert/strict";
import { join } from "node:path";
import { importFaults } from "../../../tools/check_imports.ts";
import { moduleGraph } from "../../../tools/module_graph.ts";

function graph(imports: Record<string, string[]>): Map<string, Set<string>> {
  return new Map(Object.entries(imports).map(([from, to]) => [from, new Set(to)]));
}

Deno.test("imports downwards, within a folder, by mod.ts and by tests are clean", () => {
  deepEqual(
    importFaults(graph({
      "cli/main.ts": ["train/mod.ts", "proto/mod.ts", "mod.ts"],
      "train/mod.ts": ["data/mod.ts", "layers/mod.ts", "train/net.ts"],
      "layers/mod.ts": ["ffi/mod.ts"],
      "data/mod.ts": ["ffi/mod.ts"],
      "ffi/mod.ts": ["proto/mod.ts"],
      "mod.ts": ["train/mod.ts", "ffi/mod.ts"],
      "models/lenet/net.ts": ["mod.ts", "models/shared/model.ts"],
      "tests/unit/a_test.ts": ["cli/main.ts", "tools/junit.ts"],
    })),
    [],
  );
});

Deno.test("imports upwards and sideways, from cli/, from tests and from the root are faults", () => {
  const faulty = {
    "proto/a.ts": ["ffi/a.ts"],
    "data/a.ts": ["layers/a.ts"],
    "train/a.ts": ["cli/a.ts"],
    "ffi/a.ts": ["tests/a.ts"],
    "layers/b.ts": ["mod.ts"],
    "mod.ts": ["cli/a.ts"],
  };
  deepEqual(
    importFaults(graph(faulty)).map((fault) => fault.split(",")[0]),
    Object.entries(faulty).map(([from, [to]]) => `${from} imports ${to}`),
  );
});

Deno.test("a circle is reported once, with its path", () => {
  const circle = graph({
    "proto/a.ts": ["proto/b.ts"],
    "proto/b.ts": ["proto/c.ts"],
    "proto/c.ts": ["proto/b.ts"],
  });
  deepEqual(importFaults(circle), ["circular import: proto/b.ts → proto/c.ts → proto/b.ts"]);
});

Deno.test("the graph has imports of values and of types, and dynamic ones", async () => {
  const root = await Deno.makeTempDir();
  try {
    await Deno.mkdir(join(root, "proto"));
    const write = (name: string, text: string) => Deno.writeTextFile(join(root, name), text);
    await write(
      "proto/a.ts",
      `import type { B } from "./b.ts";\nexport type A = B;\nawait import("../c.ts");\n`,
    );
    await write("proto/b.ts", "export type B = number;\n");
    await write("c.ts", `import "./proto/b.ts";\n`);
    const found = await moduleGraph(root, ["proto/a.ts", "proto/b.ts", "c.ts"]);
    deepEqual(
      found,
      graph({ "proto/a.ts": ["proto/b.ts", "c.ts"], "proto/b.ts": [], "c.ts": ["proto/b.ts"] }),
    );
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
