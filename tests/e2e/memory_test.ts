import assert from "node:assert/strict";
import { Solver, train } from "../../train/mod.ts";
import { inFolder, ROOT } from "./run_crema.ts";
import { scriptLoss, tinyNet, tinySolver } from "./tiny_net.ts";

// bench/memory.ts does the same with LeNet and MNIST, which takes a minute.
Deno.test("training with a script layer does not take more memory the longer it lasts", () =>
  inFolder(async (folder) => {
    const loss = scriptLoss(`${ROOT}layers/softmax_loss.ts`, "SoftmaxLossLayer");
    await Deno.writeTextFile(`${folder}/net.prototxt`, tinyNet({ loss }));
    const text = tinySolver({
      max_iter: 30_000,
      display: 0,
      test_iter: 2,
      test_interval: 100,
      snapshot: 5000,
    });
    using solver = await Solver.fromText(text.replace('"tiny"', `"${folder}/tiny"`), {
      file: `${folder}/solver.prototxt`,
      threads: 1,
    });
    let before = NaN;
    for await (const event of train(solver)) {
      if (event.type === "step" && event.iteration === 9_999) before = Deno.memoryUsage().rss;
    }
    const growth = (Deno.memoryUsage().rss - before) / 2 ** 20;
    assert.ok(growth <= 8, `grew by ${growth} MB`);
  }));
