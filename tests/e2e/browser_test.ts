import assert from "node:assert/strict";
import { join } from "node:path";
import { chromium, type Page } from "playwright-core";
import { findChromium } from "../../tools/browser.ts";
import { inFolder, readLines, startCrema } from "./run_crema.ts";

/** A training that ends only when it is told to. */
const SOLVER = `
base_lr: 0.01 lr_policy: "fixed" max_iter: 1000000000 random_seed: 1 snapshot_after_train: false
test_iter: 2 test_interval: 500
net_param {
  name: "endless"
  layer { name: "data" type: "DummyData" top: "data" top: "label" dummy_data_param {
    shape { dim: 4 dim: 3 dim: 8 dim: 8 } shape { dim: 4 }
    data_filler { type: "gaussian" } data_filler { type: "constant" value: 1 } } }
  layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
    convolution_param { num_output: 6 kernel_size: 3 weight_filler { type: "xavier" } } }
  layer { name: "own" type: "Script" bottom: "conv" top: "own" script_param { module: "./own.ts" layer: "Own" } }
  layer { name: "ip" type: "InnerProduct" bottom: "own" top: "ip"
    inner_product_param { num_output: 3 weight_filler { type: "xavier" } } }
  layer { name: "accuracy" type: "Accuracy" bottom: "ip" bottom: "label" top: "accuracy" include { phase: TEST } }
  layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }
}
`;

const OWN = `export class Own {
  reshape([bottom], [top]) { top.reshapeLike(bottom); }
  forward([bottom], [top]) { top.data.set(bottom.data); }
  backward([top], _, [bottom]) { bottom.diff.set(top.diff); }
}
`;

/** Nothing here depends on speed: this is when a test that hangs ends. */
const PATIENCE = 180_000;

const browser = await findChromium();

/** Waits until an expression is true in the page; evaluated from outside, since the page's policy forbids it to. */
async function until(page: Page, expression: string): Promise<void> {
  for (const start = performance.now(); !await page.evaluate(expression);) {
    assert.ok(performance.now() - start < PATIENCE, expression.slice(0, 200));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Waits until the picture of a curve changes. */
async function curveMoves(page: Page): Promise<void> {
  const picture = `document.querySelector("#losses canvas")?.toDataURL()`;
  await until(page, `${picture} !== ${JSON.stringify(await page.evaluate(picture))}`);
}

Deno.test({
  name: "in Chromium, the page of a training shows all its parts, sets the learning rate, and stops it" +
    (browser === undefined ? " (needs `deno task browser`, which was not run)" : ""),
  ignore: browser === undefined && Deno.env.get("CREMA_REQUIRE_BROWSER") !== "1",
  fn: async () =>
    await inFolder(async (folder) => {
      await Deno.writeTextFile(join(folder, "solver.prototxt"), SOLVER);
      await Deno.writeTextFile(join(folder, "own.ts"), OWN);
      const child = startCrema(folder, "train", "solver.prototxt", "--ui", "--watch");
      const out = child.stdout.cancel(), address = Promise.withResolvers<string>();
      const lines = readLines(child.stderr, (line) => {
        const url = /page of this training: (\S+)/.exec(line)?.[1];
        if (url !== undefined) address.resolve(url);
      });
      lines.then((all) => address.reject(new Error(all.join("\n"))));
      try {
        const url = await address.promise;
        await using started = await chromium.launch({ executablePath: browser!, args: ["--no-sandbox"] });
        const page = await started.newPage({ viewport: { width: 390, height: 800 } });
        page.setDefaultTimeout(PATIENCE);
        const strange: string[] = [];
        page.on("pageerror", ({ message }) => strange.push(message));
        page.on("console", (message) => message.type() === "error" && strange.push(message.text()));
        page.on("request", (request) => {
          if (!request.url().startsWith(url) && !request.url().startsWith("data:")) {
            strange.push(request.url());
          }
        });
        await page.goto(url);
        await curveMoves(page);

        await page.click("#confusion summary");
        await page.click("table.cells button");
        await page.waitForSelector("#cell img");
        await page.click("#cell button");
        await page.waitForSelector("#maps img");
        await page.selectOption("#blob", "ip");
        await page.waitForSelector("#maps img[alt='maps of ip']");
        for (const part of ["parameters", "filters", "graph", "times", "scripts", "log-lines"]) {
          await page.click(`#${part} > summary`);
        }
        await page.waitForSelector("#parameters .card svg");
        await page.waitForSelector("canvas.filters");
        await page.waitForSelector("#graph g.node");
        await page.selectOption("#colour", "time");
        await until(
          page,
          `document.querySelector("#graph g.node[data-layer=conv] title")?.textContent.includes(" ms")`,
        );
        await page.waitForSelector("#times meter");
        await page.waitForSelector("#scripts summary:has-text('own.ts: own (Script)')");
        // At a phone's width the page itself does not scroll sideways.
        assert.ok(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"));

        await page.fill("#new-rate", "0.25");
        await page.click("#rate-form button[type=submit]");
        await page.waitForSelector("#rate:has-text('0.25')");
        await page.click("#undo");
        await page.waitForSelector("#rate:has-text('0.01')");
        await curveMoves(page);
        assert.deepEqual(strange, []);
        await page.click("#stop");
        await page.waitForSelector("#state.stopped");
        assert.equal((await child.status).code, 0, (await lines).join("\n"));
      } finally {
        try {
          child.kill("SIGKILL");
        } catch {
          // It has ended, as it should.
        }
        await child.status;
        await out;
      }
    }),
});
