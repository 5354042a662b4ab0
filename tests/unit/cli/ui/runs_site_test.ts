import assert from "node:assert/strict";
import { join } from "node:path";
import { PageServer } from "../../../../cli/ui/page_server.ts";
import { RunsSite } from "../../../../cli/ui/runs_site.ts";
import { inTemporaryFolder } from "../../train/runs/in_temporary_folder.ts";

/** Writes the files of a run that has ended after 20 iterations. */
async function writeRun(runs: string, name: string, rate: number): Promise<string> {
  const folder = join(runs, name);
  await Deno.mkdir(folder);
  const write = (file: string, text: string) => Deno.writeTextFile(join(folder, file), text);
  const record = {
    name,
    net: "tiny",
    state: "done",
    iteration: 20,
    maxIteration: 20,
    seconds: 3,
    resumed: 0,
  };
  const time = "2026-01-15T12:24:33.621Z";
  await write("run.json", JSON.stringify({ ...record, started: time, updated: time }));
  await write("curves.csv", `iteration,loss,learning_rate\n1,2,${rate}\n10,1,${rate}\n`);
  await write("metrics.jsonl", row(10, "test", "accuracy", 0.5));
  await write("solver.prototxt", `net: "net.prototxt"\nbase_lr: ${rate}\n`);
  await write("net.prototxt", 'name: "tiny"\n');
  await write("classes.csv", 'class,name,precision,recall,f1,support\n0,"a, b",1,0.5,0.75,4\n');
  await write("confusion.svg", "<svg/>");
  await write("log.txt", "Iteration 10\n");
  await write("secret.txt", "no picture");
  return folder;
}

function row(iteration: number, net: string, output: string, value: number): string {
  const fields = { iteration, time: "", seconds: 1, net, total_loss: 1, learning_rate: 0.1 };
  return `${JSON.stringify({ ...fields, outputs: { [output]: value } })}\n`;
}

/** Serves the page of two runs. */
async function served(body: (page: { url: string; runs: string; site: RunsSite }) => Promise<void>) {
  await inTemporaryFolder(async (runs) => {
    await writeRun(runs, "one", 0.1);
    await writeRun(runs, "two", 0.01);
    const site = new RunsSite(runs);
    await using server = new PageServer(site, { port: 0, portHint: "", interval: 1e6 });
    await body({ url: server.url, runs, site });
  });
}

async function get(url: string, path: string): Promise<[status: number, text: string]> {
  const response = await fetch(new URL(path, url));
  return [response.status, await response.text()];
}

Deno.test("the page of runs shows their curves, the settings that differ, scores, pictures and texts", async () => {
  await served(async ({ url }) => {
    const [, page] = await get(url, "/");
    for (const [, link] of page.matchAll(/(?:src|href)="(\/[^"]*)"/g)) {
      const [status, text] = await get(url, link!);
      assert.equal(status, 200, link);
      assert.ok(text.length > 500, link);
    }
    const compared = JSON.parse((await get(url, "/compare?run=one&run=two"))[1]);
    assert.deepEqual(
      compared.map(({ name, curve, rows, settings }: Record<string, unknown[]>) => [
        name,
        curve!.length,
        rows!.length,
        settings,
      ]),
      [["one", 2, 1, { base_lr: "0.1" }], ["two", 2, 1, { base_lr: "0.01" }]],
    );
    const view = JSON.parse((await get(url, "/run?run=one"))[1]);
    assert.deepEqual(view.pictures, ["confusion.svg"]);
    assert.deepEqual(view.tables["classes.csv"][1], ["0", "a, b", "1", "0.5", "0.75", "4"]);
    assert.deepEqual(Object.keys(view.texts), ["log.txt", "net.prototxt", "solver.prototxt"]);
    assert.deepEqual(await get(url, "/picture?run=one&file=confusion.svg"), [200, "<svg/>"]);
  });
});

Deno.test("the page of runs gives only what belongs to it, and changes nothing", async () => {
  await served(async ({ url, runs }) => {
    for (
      const path of [
        "/picture?run=one&file=secret.txt",
        "/picture?run=one&file=worst.svg",
        "/picture?run=one&file=../two/confusion.svg",
        "/elsewhere",
      ]
    ) assert.equal((await get(url, path))[0], 404, path);
    for (
      const path of ["/run?run=..", "/run?run=%2Fetc", "/picture?run=../runs/one&file=confusion.svg", "/run"]
    ) {
      const [status, text] = await get(url, path);
      assert.equal(status, 400, path);
      assert.match(text, /^Expected (the name of a run|a run)/);
    }
    const posted = await fetch(new URL("run?run=one", url), { method: "POST" });
    await posted.text();
    assert.equal(posted.status, 403);
    const foreign = await fetch(new URL("run?run=one", url), { headers: { "sec-fetch-site": "cross-site" } });
    await foreign.text();
    assert.equal(foreign.status, 403);
    const rebound = await fetch(url, { headers: { origin: "http://evil.example" } });
    await rebound.text();
    assert.equal(rebound.status, 403);
    assert.deepEqual([...Deno.readDirSync(runs)].map(({ name }) => name).sort(), ["one", "two"]);
  });
});

Deno.test("the page of runs follows files that grow, and runs that come and go", async () => {
  await served(async ({ url, runs, site }) => {
    const told: { name: string; state: string; version: string }[][] = [];
    const stop = site.listen((_, data) => told.push((data as { runs: typeof told[number] }).runs));
    site.tell();
    site.tell();
    const [first] = told;
    assert.deepEqual(first!.map(({ name, state }) => [name, state]), [["one", "done"], ["two", "done"]]);
    const length = told.length;

    await Deno.writeTextFile(join(runs, "two/metrics.jsonl"), row(20, "test", "accuracy", 0.75), {
      append: true,
    });
    await Deno.writeTextFile(join(runs, "two/metrics.jsonl"), row(20, "train", "loss", 0.5), {
      append: true,
    });
    site.tell();
    assert.equal(told.length, length + 1);
    const [one, two] = told.at(-1)!;
    assert.equal(one!.version, first![0]!.version);
    assert.notEqual(two!.version, first![1]!.version);
    const [compared] = JSON.parse((await get(url, "/compare?run=two"))[1]);
    assert.equal(compared.lastTest.accuracy, 0.75);
    // The curve is drawn now and then; the displays after it are part of it.
    assert.deepEqual(compared.curve.map(({ iteration }: { iteration: number }) => iteration), [1, 10, 20]);

    await writeRun(runs, "three", 1);
    await Deno.remove(join(runs, "one"), { recursive: true });
    site.tell();
    assert.deepEqual(told.at(-1)!.map(({ name }) => name).sort(), ["three", "two"]);
    stop();
    await Deno.remove(join(runs, "three"), { recursive: true });
    site.tell();
    assert.equal(told.at(-1)!.length, 2);
  });
});
