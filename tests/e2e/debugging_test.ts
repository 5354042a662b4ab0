// The means to find a mistake in a layer: stack traces, a debugger, timings, debug_info.
import assert from "node:assert/strict";
import { join } from "node:path";
import { inFolder, readLines, runCrema, startCrema } from "./run_crema.ts";
import { scriptLoss, tinyNet, tinySolver } from "./tiny_net.ts";

async function writeRun(
  folder: string,
  net: string,
  solver: Parameters<typeof tinySolver>[0] = {},
): Promise<void> {
  await Deno.writeTextFile(join(folder, "net.prototxt"), net);
  await Deno.writeTextFile(
    join(folder, "solver.prototxt"),
    tinySolver({ display: 0, max_iter: 3, ...solver }),
  );
}

const LOSS = `import { type Blob, Layer } from "crema";

interface Weights {
  readonly factor: number;
}

/** A class with a parameter property, which plain JavaScript has no lines for. */
class Scale {
  constructor(readonly weights: Weights) {}

  apply(value: number): number {
    if (value > 1e9) throw new RangeError("too large"); // LINE 12
    return value * this.weights.factor;
  }
}

export class SumLossLayer extends Layer {
  static isLoss = true;
  #scale = new Scale({ factor: 1 });

  override reshape(_: Blob[], [loss]: [Blob]): void {
    loss.reshape();
  }

  override forward([x]: [Blob], [loss]: [Blob]): void {
    let sum = 0;
    for (const value of x.data) sum += this.#scale.apply(VALUE); // LINE 27
    loss.data[0] = sum;
  }

  override backward([loss]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
    if (wanted) x.diff.fill(loss.diff[0]!);
  }
}
`;

Deno.test("an error's stack trace has the line numbers of the user's TypeScript", async () => {
  await inFolder(async (folder) => {
    await writeRun(folder, tinyNet({ loss: scriptLoss("./sum_loss.ts", "SumLossLayer") }));
    await Deno.writeTextFile(join(folder, "sum_loss.ts"), LOSS.replace("VALUE", "value + 1e10"));
    const { code, stderr } = await runCrema(folder, "train", "--solver", "solver.prototxt");
    assert.equal(code, 1);
    assert.match(stderr, /net\.prototxt:\d+:\d+: layer 'loss': forward threw: too large/);
    assert.match(stderr, /at Scale\.apply \(.*sum_loss\.ts:12:28\)/);
    assert.match(stderr, /at SumLossLayer\.forward \(.*sum_loss\.ts:27:52\)/);
  });
});

Deno.test("--inspect-brk: a debugger stops inside forward, and sees its values", async () => {
  await inFolder(async (folder) => {
    await writeRun(folder, tinyNet({ loss: scriptLoss("./sum_loss.ts", "SumLossLayer") }));
    const source = LOSS.replace("VALUE", "value").replace("let sum = 0;", "let sum = 0;\n    debugger;");
    await Deno.writeTextFile(join(folder, "sum_loss.ts"), source);
    const args = ["train", "--solver", "solver.prototxt", "--inspect-brk=127.0.0.1:0"];
    const child = startCrema(folder, ...args);
    const address = Promise.withResolvers<string>();
    const output = readLines(child.stderr, (line) => {
      const [, url] = /Debugger listening on (ws:\S+)/.exec(line) ?? [];
      if (url !== undefined) address.resolve(url);
    });
    const said = output.then((lines) => address.reject(new Error(lines.join("\n"))));
    const debug = await Debugger.attach(await address.promise);
    await debug.send("Debugger.enable");
    await debug.send("Runtime.runIfWaitingForDebugger");
    // First the command's own first line, then `debugger`.
    let frame: Frame | undefined;
    for (let stops = 0; frame === undefined && stops < 5; stops++) {
      const [top] = await debug.paused();
      if (top!.functionName === "forward") frame = top!;
      else await debug.send("Debugger.resume");
    }
    assert.match(debug.scripts.get(frame!.location.scriptId)!, /sum_loss\.ts$/);
    const value = async (expression: string) => {
      const { result } = await debug.send("Debugger.evaluateOnCallFrame", {
        callFrameId: frame!.callFrameId,
        expression,
      });
      return (result as { value: unknown }).value;
    };
    assert.equal(await value("x.shape.join()"), "16,3");
    assert.equal(await value("Number.isFinite(x.data[0])"), true);
    assert.equal(await value("sum"), 0);
    await debug.send("Debugger.disable");
    debug[Symbol.dispose]();
    const [{ code }] = await Promise.all([child.status, said, child.stdout.cancel()]);
    assert.equal(code, 0, (await output).join("\n"));
  });
});

/** A function that the debugger stopped in. */
interface Frame {
  callFrameId: string;
  functionName: string;
  location: { scriptId: string };
}

/** Speaks the Chrome DevTools Protocol. */
class Debugger implements Disposable {
  readonly #socket: WebSocket;
  readonly #answers = new Map<number, (result: Record<string, unknown>) => void>();
  readonly #stops: Frame[][] = [];
  #stopped: (() => void) | undefined;
  #id = 0;
  /** URLs of scripts by their id. */
  readonly scripts = new Map<string, string>();

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      const { id, result, method, params } = JSON.parse(data);
      if (id !== undefined) this.#answers.get(id)?.(result);
      if (method === "Debugger.scriptParsed") this.scripts.set(params.scriptId, params.url);
      if (method !== "Debugger.paused") return;
      this.#stops.push(params.callFrames);
      this.#stopped?.();
    };
  }

  static async attach(url: string): Promise<Debugger> {
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    return new Debugger(socket);
  }

  async send(method: string, params: object = {}): Promise<Record<string, unknown>> {
    const id = ++this.#id;
    const answer = new Promise<Record<string, unknown>>((resolve) => this.#answers.set(id, resolve));
    this.#socket.send(JSON.stringify({ id, method, params }));
    return await answer;
  }

  /** The frames of the next stop. */
  async paused(): Promise<Frame[]> {
    while (this.#stops.length === 0) await new Promise<void>((resolve) => this.#stopped = resolve);
    return this.#stops.shift()!;
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

Deno.test("crema time reports how long layers in TypeScript take, and what slows them down", async () => {
  await inFolder(async (folder) => {
    const layer = (name: string, bottom: string) =>
      `layer { name: "${name}" type: "Script" bottom: "${bottom}" top: "${name}"
        script_param { module: "./slow.ts" layer: "${name}Layer" } }`;
    await Deno.writeTextFile(
      join(folder, "net.prototxt"),
      `force_backward: true layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 100 dim: 100 } } }
       ${layer("Plain", "x")} ${layer("Asking", "Plain")} ${layer("Fickle", "Asking")}`,
    );
    await Deno.writeTextFile(
      join(folder, "slow.ts"),
      `import { type Blob, Layer } from "crema";
      class DoubleLayer extends Layer {
        override reshape([x]: [Blob], [y]: [Blob]): void { y.reshapeLike(x); }
        override forward(_: [Blob], __: [Blob]): void {}
        override backward([y]: [Blob], _: boolean[], [x]: [Blob]): void { this.ops.scale(2, y.diff, x.diff); }
      }
      export class PlainLayer extends DoubleLayer {
        override forward([x]: [Blob], [y]: [Blob]): void {
          const from = x.data, to = y.data;
          for (let i = 0; i < to.length; i++) to[i] = 2 * from[i]!;
        }
      }
      export class AskingLayer extends DoubleLayer {
        override forward([x]: [Blob], [y]: [Blob]): void {
          for (let i = 0; i < x.count; i++) y.data[i] = 2 * x.data[i]!;
        }
      }
      export class FickleLayer extends DoubleLayer {
        #calls = 0;
        override forward([x]: [Blob], [y]: [Blob]): void {
          const options: Record<string, number> = {};
          options["call" + this.#calls++] = 1;
          // Now and then something else that V8 did not expect.
          options["scale"] = this.#calls === 40 ? "2" as unknown as number : 2;
          const from = this.#calls === 60 ? x.data.subarray(1) : x.data;
          this.scaled(from, y.data, options as { scale: number });
        }
        scaled(from: Float32Array, to: Float32Array, options: { scale: number }): void {
          for (let i = 0; i < to.length; i++) to[i] = options.scale * from[i]!;
        }
      }`,
    );
    const { code, stderr } = await runCrema(folder, "time", "--model", "net.prototxt", "--iterations", "5");
    assert.equal(code, 0, stderr);
    assert.match(stderr, /Layers in TypeScript: [\d.]+ ms, \d+\.\d % of all layers\./);
    assert.match(
      stderr,
      /V8 optimized scaled of slow\.ts and undid that \d+ times in 100 passes \(wrong map\)/,
    );
    assert.doesNotMatch(stderr, /V8 optimized forward of slow\.ts/);
    const { stdout } = await runCrema(
      folder,
      "time",
      "--model",
      "net.prototxt",
      "--iterations",
      "2",
      "--json",
    );
    const { layers, deopts } = JSON.parse(stdout);
    assert.deepEqual(layers.map(({ script }: { script: boolean }) => script), [false, true, true, true]);
    assert.ok(layers.slice(1).every(({ ns_per_value: ns }: { ns_per_value: number }) => ns > 0), stdout);
    assert.equal(deopts[0].function, "scaled");
  });
});

Deno.test("debug_info reports the blobs and parameters of layers in TypeScript", async () => {
  await inFolder(async (folder) => {
    const bias = `layer { name: "bias" type: "Script" bottom: "score" top: "biased"
      script_param { module: "./bias.ts" layer: "BiasLayer" } }
      layer { name: "loss" type: "SoftmaxWithLoss" bottom: "biased" bottom: "label" top: "loss" }`;
    await writeRun(folder, tinyNet({ loss: bias }), {
      debug_info: true,
      display: 1,
      max_iter: 1,
      random_seed: 7,
    });
    await Deno.writeTextFile(
      join(folder, "bias.ts"),
      `import { type Blob, Layer } from "crema";
      export class BiasLayer extends Layer {
        override setup([x]: [Blob]): void { this.blobs.add([x.channels], { type: "constant", value: 0.5 }); }
        override reshape([x]: [Blob], [y]: [Blob]): void { y.reshapeLike(x); }
        override forward([x]: [Blob], [y]: [Blob]): void {
          this.ops.addVector({ outer: x.num, axis: x.channels }, x.data, this.blobs[0]!.data, y.data);
        }
        override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
          this.ops.sumVector({ outer: x.num, axis: x.channels }, y.diff, this.blobs[0]!.diff, 1);
          if (wanted) x.diff.set(y.diff);
        }
      }`,
    );
    const { code, stderr } = await runCrema(folder, "train", "--solver", "solver.prototxt");
    assert.equal(code, 0, stderr);
    assert.match(stderr, /\[Forward\] Layer bias, top blob biased data: 0\.\d+/);
    assert.match(stderr, /\[Forward\] Layer bias, param blob 0 data: 0\.5/);
    assert.match(stderr, /\[Backward\] Layer bias, bottom blob score diff: 0\.\d+/);
    assert.match(stderr, /\[Backward\] Layer bias, param blob 0 diff: 0\.\d+/);
  });
});
