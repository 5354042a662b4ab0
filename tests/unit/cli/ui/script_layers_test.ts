import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { LiveTraining } from "../../../../cli/ui/live_training.ts";
import type { ScriptModule } from "../../../../cli/ui/script_layers.ts";
import { netFromText } from "../../../../proto/mod.ts";
import { HotReload, type HotReloadEvent, Solver, train, TrainRequests } from "../../../../train/mod.ts";
import { inTemporaryFolder } from "../../train/runs/in_temporary_folder.ts";

const LOSS = (factor: number, first = "") =>
  `export class OwnLoss {
  reshape(_: unknown, [top]) { top.reshape(); }
  forward([bottom], [top]) {
    ${first}
    top.data[0] = ${factor} * bottom.data[0];
  }
  backward() {}
}
`;

/** A training with a script layer in a file. */
async function withScript(
  source: string,
  body: (context: {
    live: LiveTraining;
    solver: Solver;
    file: string;
    url: string;
    run: () => Promise<void>;
    modules: () => ScriptModule[];
  }) => Promise<void>,
): Promise<void> {
  await inTemporaryFolder(async (folder) => {
    const file = join(folder, "loss.ts");
    await Deno.writeTextFile(file, source);
    const net = netFromText(
      `layer { name: "data" type: "DummyData" top: "data" dummy_data_param { shape { dim: 2 } } }
      layer { name: "loss" type: "Script" bottom: "data" top: "loss" loss_weight: 1
        script_param { module: "./loss.ts" layer: "OwnLoss" } }`,
      join(folder, "net.prototxt"),
    );
    const param = { base_lr: 0.1, lr_policy: "fixed", max_iter: 3, snapshot_after_train: false };
    using solver = await Solver.create({ ...param, net_param: net }, { engine: "embedded" });
    const live = new LiveTraining(solver, new TrainRequests());
    await live.prepare();
    const run = async () => {
      for await (const _ of live.record(train(solver))) {
        // The monitor has seen it.
      }
    };
    const modules = () => live.monitor.all.scripts ?? [];
    await body({ live, solver, file, url: pathToFileURL(file).href, run, modules });
  });
}

Deno.test("the page has the modules of script layers as they were loaded, and the line of the error that ended it", async () => {
  const source = LOSS(1, 'if (bottom.count === 2) throw new Error("it is two");');
  await withScript(source, async ({ file, url, run, modules }) => {
    assert.deepEqual(modules(), [{ module: url, layers: ["loss (Script)"], source }]);
    await Deno.writeTextFile(file, "// edited since");
    await assert.rejects(run, /it is two/);
    const [module] = modules();
    assert.equal(module!.source, source);
    assert.equal(module!.error?.line, 4);
    assert.match(module!.error?.text ?? "", /^error: .*layer 'loss'.*it is two/);
  });
});

Deno.test("the page tells what hot reload did with an edit", async () => {
  await withScript(LOSS(1), async ({ live, solver, file, url, modules }) => {
    const arrived: ((event: HotReloadEvent) => void)[] = [];
    const next = () => new Promise<HotReloadEvent>((resolve) => arrived.push(resolve));
    await using reload = await HotReload.start(solver, {
      interval: 5,
      onEvent: async (event) => {
        await live.reload(event);
        arrived.shift()?.(event);
      },
    });
    live.watch(reload.files);
    assert.equal(modules()[0]!.state, "watched");

    const broken = "export class OwnLoss {}\nconst = 3;\n";
    let event = next();
    await Deno.writeTextFile(file, broken);
    assert.equal((await event).type, "rejected");
    let [module] = modules();
    assert.equal(module!.module, url);
    assert.equal(module!.source, broken);
    assert.equal(module!.state, "edit refused, the version before runs on, at iteration 0");
    assert.equal(module!.error?.line, 2);

    event = next();
    await Deno.writeTextFile(file, LOSS(22));
    const done = new AbortController();
    event.then(() => done.abort());
    while (!done.signal.aborted) {
      reload.swap();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.equal((await event).type, "reloaded");
    [module] = modules();
    assert.equal(module!.source, LOSS(22));
    assert.equal(module!.state, "reloaded at iteration 0");
    assert.equal(module!.error, undefined);
  });
});
