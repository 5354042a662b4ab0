import assert from "node:assert/strict";
import { HotReload, type HotReloadEvent } from "../../../train/hot_reload.ts";
import { Solver } from "../../../train/solver.ts";
import { train } from "../../../train/train.ts";

/** A layer whose output is its version. `broken` is a statement at the start of forward. */
const layer = (version: number, { broken = "", statics = "" } = {}) => `
export class TellingLayer {
  ${statics}
  reshape(_: unknown, [y]) { y.reshape(); }
  forward(_: unknown, [y]) { ${broken}; y.data[0] = ${version}; }
  backward() {}
}
`;

const NET = `
layer { name: "data" type: "DummyData" top: "x" dummy_data_param { shape { dim: 1 } } }
layer { name: "tell" type: "Script" bottom: "x" top: "y" loss_weight: 1
  script_param { module: "./layer.ts" layer: "TellingLayer" } }
`;

interface Watched {
  solver: Solver;
  reload: HotReload;
  /** Writes the module and waits for the event about it. */
  edit(text: string): Promise<HotReloadEvent>;
  /** The versions that the train net and the test net run. */
  versions(): number[];
  events: HotReloadEvent[];
}

/** Watches a solver whose train net and test net have the layer. */
async function watched(test: (given: Watched) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "crema-reload-" });
  try {
    await Deno.writeTextFile(`${folder}/layer.ts`, layer(1));
    using solver = await Solver.fromText(
      `net_param { ${NET} } base_lr: 1 lr_policy: "fixed" max_iter: 5 test_iter: 1 test_interval: 1
       snapshot_after_train: false`,
      { file: `${folder}/solver.prototxt` },
    );
    const events: HotReloadEvent[] = [];
    await using reload = await HotReload.start(solver, {
      interval: 5,
      onEvent: (event) => events.push(event),
    });
    const edit = async (text: string) => {
      const before = events.length;
      await Deno.writeTextFile(`${folder}/layer.ts`, text);
      while (events.length === before) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        reload.swap();
      }
      return events[before]!;
    };
    const versions = () =>
      [solver.net, ...solver.testNets].map((net) => {
        net.forward();
        return net.blob("y").data[0]!;
      });
    await test({ solver, reload, edit, versions, events });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("an edit reaches the train net and the test nets", () =>
  watched(async ({ reload, edit, versions, solver }) => {
    assert.equal(reload.files.length, 1);
    assert.deepEqual(versions(), [1, 1]);
    const before = solver.net.layers[1]!.layer;
    const event = await edit(layer(2));
    assert.deepEqual({ ...event, modules: [] }, {
      type: "reloaded",
      modules: [],
      layers: ["tell"],
      notYet: [],
    });
    assert.match(event.modules[0]!, /\/layer\.ts$/);
    assert.deepEqual(versions(), [2, 2]);
    assert.notEqual(solver.net.layers[1]!.layer, before);
    const other = await edit(layer(3, { statics: "static isLoss = true; static param = [{ lr_mult: 2 }];" }));
    assert.deepEqual(other.type === "reloaded" && other.notYet, ["tell"]);
    assert.deepEqual(versions(), [3, 3]);
  }));

Deno.test("an edit that one of the nets cannot use is used by none", () =>
  watched(async ({ edit, versions }) => {
    const picky = `constructor({ phase }) { if (phase === "TEST") throw new RangeError("not in tests"); }`;
    const event = await edit(layer(2, { statics: picky }));
    assert.equal(event.type, "rejected");
    assert.match(
      String(event.type === "rejected" && event.error),
      /'tell': constructor of TellingLayer threw: not in tests/,
    );
    assert.deepEqual(versions(), [1, 1]);
    assert.equal((await edit(layer(3))).type, "reloaded");
    assert.deepEqual(versions(), [3, 3]);
  }));

Deno.test("an edit that fails in a pass is reverted, and the pass runs again", () =>
  watched(async ({ solver, reload, edit, versions, events }) => {
    await edit(
      layer(2, {
        broken: "if (this.n === undefined) this.n = 0; if (++this.n > 3) throw new Error('worn out')",
      }),
    );
    const losses: number[] = [], tests: number[] = [];
    for await (const event of train(solver, { retry: (error) => reload.revert(error) })) {
      if (event.type === "step") {
        losses.push(event.loss);
        reload.swap();
      }
      if (event.type === "test") tests.push(event.outputs["y"]!);
    }
    assert.deepEqual(losses, [2, 2, 2, 1, 1]);
    assert.deepEqual(tests, [2, 2, 2, 1, 1, 1]);
    const [, reverted] = events;
    assert.equal(reverted?.type, "reverted");
    assert.deepEqual(versions(), [1, 1]);
    assert.equal(reload.revert(new Error("anything")), false);
  }));

Deno.test("an error that no edit caused ends the training", () =>
  watched(async ({ solver, reload, edit }) => {
    await edit(layer(2, { broken: "throw new Error('at once')" }));
    assert.equal(reload.revert(new Error("of something else, but nothing has run since")), true);
    solver.net.handle.replaceLayer("tell", {
      make: () => ({
        reshape: () => {},
        forward: () => {
          throw new Error("not by an edit");
        },
      }),
    });
    await assert.rejects(async () => {
      for await (const _ of train(solver, { retry: (error) => reload.revert(error) }));
    }, /not by an edit/);
  }));
