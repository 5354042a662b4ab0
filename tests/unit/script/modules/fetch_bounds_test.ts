import assert from "node:assert/strict";
import { boundedImport, OutOfBounds, withinBounds } from "../../../../script/modules/fetch_bounds.ts";
import { runDeno } from "../../../../script/modules/run_deno.ts";

const URL_OF = "https://example.org/layer.ts";
const NEVER = new Promise<never>(() => {});

Deno.test("a server that never answers is given up, with the place of the layer", async () => {
  const place = { file: "net.prototxt", line: 3, layer: "loss" };
  let stopped = 0;
  await assert.rejects(
    withinBounds(URL_OF, NEVER, () => 0, {
      bounds: { milliseconds: 20, bytes: 100 },
      place,
      stop: () => stopped++,
    }),
    (error) => {
      assert.ok(error instanceof OutOfBounds);
      assert.equal(
        error.message,
        "net.prototxt:3: layer 'loss': Expected https://example.org/layer.ts to be fetched within 0.02 seconds " +
          "but found a server that had not ended its answer",
      );
      return true;
    },
  );
  assert.equal(stopped, 1);
});

Deno.test("a server that never ends is given up for its memory", async () => {
  let bytes = 5e9;
  await assert.rejects(
    withinBounds(URL_OF, NEVER, () => bytes += 1.5e9, { bounds: { milliseconds: 60_000, bytes: 1e9 } }),
    /Expected https:\/\/example.org\/layer.ts to be fetched in 1000 MB of memory but found 1500 MB so far/,
  );
});

Deno.test("what comes in time is passed on, errors too", async () => {
  assert.equal(await withinBounds(URL_OF, Promise.resolve(5), () => 0), 5);
  await assert.rejects(withinBounds(URL_OF, Promise.reject(new TypeError("404")), () => 0), /404/);
});

Deno.test("an import and `deno info` end though the server does not answer", async () => {
  const waiting = Promise.withResolvers<void>();
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async () => {
    await waiting.promise;
    return new Response("export {};", { headers: { "content-type": "text/typescript" } });
  });
  const url = `http://127.0.0.1:${server.addr.port}/never.ts`;
  const bounds = { milliseconds: 300, bytes: 2 ** 31 };
  try {
    await assert.rejects(runDeno(["info", "--json", url], { bounds }), OutOfBounds);
    await assert.rejects(boundedImport(url, {}, undefined, bounds), OutOfBounds);
  } finally {
    waiting.resolve();
  }
});
