import assert from "node:assert/strict";
import { connect } from "node:net";
import { LiveTraining } from "../../../../cli/ui/live_training.ts";
import { PageServer } from "../../../../cli/ui/page_server.ts";
import { TrainingSite } from "../../../../cli/ui/training_site.ts";
import { netFromText } from "../../../../proto/mod.ts";
import { Solver, train, TrainRequests } from "../../../../train/mod.ts";

const NET = `
  name: "tiny"
  layer { name: "data" type: "DummyData" top: "data" top: "label" dummy_data_param {
    shape { dim: 4 dim: 3 dim: 6 dim: 6 } shape { dim: 4 }
    data_filler { type: "gaussian" } data_filler { type: "constant" value: 1 } } }
  layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
    convolution_param { num_output: 5 kernel_size: 3 weight_filler { type: "xavier" } } }
  layer { name: "ip" type: "InnerProduct" bottom: "conv" top: "ip"
    inner_product_param { num_output: 3 weight_filler { type: "xavier" } } }
  layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }`;

const PARAM = {
  base_lr: 0.01,
  lr_policy: "fixed",
  max_iter: 6,
  random_seed: 1,
  snapshot_after_train: false,
};

/** Serves the page of a training that has not begun. */
async function served(
  body: (page: {
    url: string;
    live: LiveTraining;
    solver: Solver;
    requests: TrainRequests;
    server: PageServer;
  }) => Promise<void>,
): Promise<void> {
  using solver = await Solver.create({ ...PARAM, net_param: netFromText(NET) }, { engine: "embedded" });
  const requests = new TrainRequests(), live = new LiveTraining(solver, requests);
  await using server = new PageServer(new TrainingSite(live), { port: 0, portHint: "" });
  await body({ url: server.url, live, solver, requests, server });
}

/** Runs the training, as the command does. */
async function run(
  { live, solver, requests }: { live: LiveTraining; solver: Solver; requests: TrainRequests },
) {
  for await (const _ of live.record(train(solver, { requests }))) {
    // The monitor has seen it.
  }
}

/** The token that the page has. */
async function tokenOf(url: string): Promise<string> {
  const page = await (await fetch(url)).text();
  return /<meta name="token" content="([^"]+)">/.exec(page)![1]!;
}

Deno.test("the page of a training needs nothing from elsewhere", async () => {
  await served(async ({ url }) => {
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
    const response = await fetch(url), page = await response.text();
    assert.match(response.headers.get("content-security-policy") ?? "", /^default-src 'self'; /);
    const links = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, link]) => link!);
    assert.deepEqual(links, ["data:,", "/plot.css", "/page.css", "/plot.js", "/common.js", "/page.js"]);
    for (const link of links.filter((each) => each.startsWith("/"))) {
      const asset = await fetch(new URL(link, url));
      assert.equal(asset.status, 200, link);
      assert.ok((await asset.text()).length > 500, link);
    }
  });
});

Deno.test("the page's script is one that a browser can parse", async () => {
  await served(async ({ url }) => {
    const script = await (await fetch(new URL("page.js", url))).text();
    assert.doesNotThrow(() => new Function(script));
    assert.doesNotMatch(script, /https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
  });
});

Deno.test("the page gets the net, its parameters and filters, and training goes on as it would", async () => {
  let watched: number[] = [];
  await served(async (page) => {
    await run(page);
    const net = await (await fetch(new URL("net.svg", page.url))).text();
    assert.match(net, /<title>layer \d+ conv<\/title>/);
    const parameters = await (await fetch(new URL("parameters", page.url))).json();
    assert.deepEqual(
      parameters.map((
        { layer, index, shape }: { layer: string; index: number; shape: number[] },
      ) => [layer, index, shape]),
      [["conv", 0, [5, 3, 3, 3]], ["conv", 1, [5]], ["ip", 0, [3, 80]], ["ip", 1, [3]]],
    );
    const [{ values, gradients }] = parameters;
    assert.equal(values.counts.reduce((sum: number, count: number) => sum + count), 135);
    assert.ok(values.norm > 0 && gradients.norm > 0);
    const filters = await (await fetch(new URL("filters", page.url))).json();
    assert.deepEqual([filters.layer, filters.count, filters.height, filters.width, filters.pixels.length], [
      "conv",
      5,
      3,
      3,
      135,
    ]);
    watched = [...page.solver.net.params.get("ip")![0]!.read()];
  });
  await served(async (page) => {
    await run(page);
    assert.deepEqual([...page.solver.net.params.get("ip")![0]!.read()], watched);
  });
});

Deno.test("a page that is opened late gets all so far, then what is new, then the end", async () => {
  await served(async (page) => {
    const events = await fetch(new URL("events", page.url));
    assert.equal(events.headers.get("content-type"), "text/event-stream");
    await run(page);
    await page.server[Symbol.asyncDispose]();
    const messages = (await events.text()).split("\n\n").filter((each) => each !== "");
    assert.match(messages[0]!, /^event: all\n/);
    const parsed = messages.map((each) => JSON.parse(each.slice(each.indexOf("data: ") + 6)));
    assert.deepEqual(parsed.flatMap(({ steps }) => steps).map(([iteration]) => iteration), [
      0,
      1,
      2,
      3,
      4,
      5,
    ]);
    assert.equal(parsed.at(-1).status.state, "done");
  });
});

Deno.test("only the page's own buttons stop a training", async () => {
  await served(async ({ url, requests, ...page }) => {
    const post = async (path: string, headers: Record<string, string>) => {
      const response = await fetch(new URL(path, url), { method: "POST", headers });
      await response.text();
      return response.status;
    };
    assert.equal(await post("stop", {}), 403);
    assert.equal(await post("stop", { "x-crema-token": "x".repeat(32) }), 403);
    const token = await tokenOf(url);
    assert.equal(await post("stop", { "x-crema-token": token, origin: "https://example.org" }), 403);
    assert.equal(await post("stop", { "x-crema-token": token, "sec-fetch-site": "cross-site" }), 403);
    assert.equal(await post("elsewhere", { "x-crema-token": token }), 404);
    assert.equal(requests.has("stop"), false);
    assert.equal(await post("stop", { "x-crema-token": token, origin: url.slice(0, -1) }), 202);
    assert.equal(requests.has("stop"), true);
    await run({ ...page, requests });
    assert.equal(page.live.monitor.status.state, "stopped");
  });
});

Deno.test("the page sets the learning rate, and takes it back", async () => {
  await served(async ({ url, solver }) => {
    const token = await tokenOf(url);
    const post = async (path: string, body?: string) => {
      const response = await fetch(new URL(path, url), {
        method: "POST",
        headers: { "x-crema-token": token },
        ...body === undefined ? {} : { body },
      });
      return [response.status, await response.text()] as const;
    };
    assert.equal((await post("undo"))[0], 409);
    for (const bad of ["", "x", "-1", "Infinity", "x".repeat(1_000_000)]) {
      const [status, text] = await post("learning-rate", bad);
      assert.equal(status, 400);
      assert.match(text, /^Expected a learning rate of 0 or more but found '[^']{0,64}'\n$/);
    }
    assert.equal(solver.learningRate, Math.fround(0.01));
    assert.equal((await post("learning-rate", "0.5"))[0], 200);
    assert.equal((await post("learning-rate", "0.25"))[0], 200);
    assert.equal(solver.learningRate, 0.25);
    await post("undo");
    assert.equal(solver.learningRate, 0.5);
    await post("undo");
    assert.equal(solver.learningRate, Math.fround(0.01));
  });
});

Deno.test("a name that leads to this machine is not enough to see the page", async () => {
  await served(async ({ url }) => {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(
        Number(new URL(url).port),
        "127.0.0.1",
        () => socket.write("GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"),
      );
      let text = "";
      socket.on("data", (data) => text += data).on("end", () => resolve(text)).on("error", reject);
    });
    assert.match(answer, /^HTTP\/1\.1 403 /);
    assert.doesNotMatch(answer, /token/);
  });
});

Deno.test("a port that is taken is an error that says so", async () => {
  await served(async ({ url, live }) => {
    const port = Number(new URL(url).port);
    await assert.rejects(async () => {
      await using _second = new PageServer(new TrainingSite(live), { port, portHint: "Give another." });
    }, /Expected to listen on 127\.0\.0\.1:\d+ but found.* Give another\./);
  });
});

Deno.test({
  name: "a program that may not use the network says how to make one that may",
  permissions: { net: false, read: true, env: true, sys: true, ffi: true },
  fn: async () => {
    await assert.rejects(
      () => served(async () => {}),
      /Expected leave to serve the page on 127\.0\.0\.1 but found none\. .*crema compile -o crema --allow-net/,
    );
  },
});
