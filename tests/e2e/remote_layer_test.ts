import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { inFolder, ROOT, runCrema } from "./run_crema.ts";
import { scriptLoss, tinyNet, tinySolver, writeTiny } from "./tiny_net.ts";

/** A loss that needs no import: half the mean squared score. `broken` throws in the method named. */
const source = (broken = "") => `
export class SquareLoss {
  setup() { this.throwIf("setup"); }
  reshape(bottoms: { num: number }[], [loss]: { reshape(...shape: number[]): void }[]) {
    this.throwIf("reshape");
    loss!.reshape();
  }
  forward([score]: { data: Float32Array; num: number }[], [loss]: { data: Float32Array }[]) {
    this.throwIf("forward");
    let sum = 0;
    for (const value of score!.data) sum += value * value;
    loss!.data[0] = sum / (2 * score!.num);
  }
  backward(
    [loss]: { diff: Float32Array }[], propagateDown: boolean[],
    [score]: { data: Float32Array; diff: Float32Array; num: number }[],
  ) {
    this.throwIf("backward");
    const { data, diff, num } = score!;
    for (let i = 0; i < diff.length; i++) diff[i] = loss!.diff[0]! * data[i]! / num;
  }
  throwIf(method: string) {
    if (method === "${broken}") throw new RangeError("on purpose in " + method);
  }
}
`;

const MODULES: Record<string, string> = {
  "/square_loss.ts": source(),
  "/syntax_error.ts": "export class SquareLoss {\n  forward( {\n}\n",
  "/setup.ts": source("setup"),
  "/reshape.ts": source("reshape"),
  "/forward.ts": source("forward"),
  "/backward.ts": source("backward"),
};

/** Serves the modules at a free port and runs a training whose loss is one of them. */
async function trainWith(
  path: string,
  options: { layer?: string | undefined; more?: string | undefined } = {},
) {
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const module = MODULES[new URL(request.url).pathname];
    return module === undefined
      ? new Response("nothing here", { status: 404 })
      : new Response(module, { headers: { "content-type": "application/typescript" } });
  });
  let result = { code: -1, stdout: "", stderr: "" };
  await inFolder(async (folder) => {
    const url = `http://127.0.0.1:${server.addr.port}${path}`;
    const loss = scriptLoss(url, options.layer ?? "SquareLoss", options.more);
    await writeTiny(folder, tinySolver({ max_iter: 30, display: 29 }), tinyNet({ loss }));
    result = await runCrema(folder, "train", "--solver", "solver.prototxt");
  });
  return result;
}

const hash = (text: string) => `sha256-${createHash("sha256").update(text).digest("base64")}`;

Deno.test("a layer imported from http trains", async () => {
  const { code, stderr } = await trainWith("/square_loss.ts");
  assert.equal(code, 0, stderr);
  const losses = [...stderr.matchAll(/Iteration \d+ .*loss = ([\d.e-]+)/g)].map((match) => Number(match[1]));
  assert.equal(losses.length, 2);
  assert.ok((losses[1] ?? NaN) < (losses[0] ?? NaN), stderr);
});

Deno.test("a correct integrity is accepted, a wrong one is refused before the code runs", async () => {
  const right = await trainWith("/square_loss.ts", {
    more: `integrity: "${hash(MODULES["/square_loss.ts"] ?? "")}"`,
  });
  assert.equal(right.code, 0, right.stderr);
  const wrong = await trainWith("/square_loss.ts", { more: `integrity: "${hash("other")}"` });
  assert.equal(wrong.code, 1, wrong.stderr);
  assert.match(wrong.stderr, /net\.prototxt:\d+.*'loss'.*sha256-/);
});

Deno.test("a module that is missing, does not parse, or lacks the class: a clear error, exit 1", async () => {
  for (
    const [path, layer, says] of [
      ["/none.ts", undefined, /net\.prototxt:\d+.*'loss'.*none\.ts.*404/s],
      ["/syntax_error.ts", undefined, /net\.prototxt:\d+.*'loss'.*syntax_error\.ts/s],
      ["/square_loss.ts", "SquareLos", /net\.prototxt:\d+.*'loss'.*'SquareLos'.*SquareLoss/s],
    ] as const
  ) {
    const { code, stderr } = await trainWith(path, { layer });
    assert.equal(code, 1, stderr);
    assert.match(stderr, says);
    assert.doesNotMatch(stderr, /mistake in Crema|Uncaught/);
  }
});

Deno.test("a throw in any method: layer, method, prototxt line and the user's trace, exit 1", async () => {
  for (const method of ["setup", "reshape", "forward", "backward"]) {
    const { code, stderr } = await trainWith(`/${method}.ts`);
    assert.equal(code, 1, stderr);
    assert.match(
      stderr,
      new RegExp(`error: .*net\\.prototxt:\\d+.*'loss'.*${method} threw: on purpose in ${method}`),
    );
    // The line of the throw in the served source, and no frames of Crema's below the user's.
    const line = source(method).split("\n").findIndex((text) => text.includes("new RangeError")) + 1;
    assert.match(stderr, new RegExp(`RangeError: on purpose in ${method}\\n.*/${method}\\.ts:${line}:`));
    assert.doesNotMatch(stderr, new RegExp(`at .*${ROOT}ffi/`));
    assert.doesNotMatch(stderr, /mistake in Crema|Uncaught/);
  }
});

Deno.test("a server that does not answer is a clear error", () =>
  inFolder(async (folder) => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    listener.close();
    const loss = scriptLoss(`http://127.0.0.1:${port}/a.ts`, "A");
    await writeTiny(folder, tinySolver(), tinyNet({ loss }));
    const { code, stderr } = await runCrema(folder, "train", "--solver", "solver.prototxt");
    assert.equal(code, 1, stderr);
    assert.match(stderr, /net\.prototxt:\d+.*'loss'.*127\.0\.0\.1/);
  }));
