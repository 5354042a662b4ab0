/**
 * Measures `crema classify --serve` with LeNet's deployment net (batches of 64) and 64 clients that ask again as soon as
 * they have an answer: requests per second and the 99th percentile of the time to an answer, for raw values and for
 * PNG images. "one by one" is a server that runs a whole batch of the prototxt for each request.
 *
 * ```sh
 * deno run -A bench/serve.ts
 * ```
 *
 * @module
 */

// deno-lint-ignore-file no-console -- a command speaks to its user

import { batchedClassifier } from "../cli/classifier/batched_classifier.ts";
import { ClassifierServer } from "../cli/classifier/server/classifier_server.ts";
import { type Classify, topScores } from "../cli/classifier/top_scores.ts";
import { readNetworkInput } from "../data/mod.ts";
import { Predictor, type ShapedNet } from "../net/mod.ts";
import { readNet } from "../proto/mod.ts";
import { loadSharp } from "../data/images/load_sharp.ts";

const CLIENTS = 64, SECONDS = 5;

/** What {@link load} found. */
interface Load {
  perSecond: number;
  /** In milliseconds. */
  p99: number;
}

/** Lets all clients ask for some seconds. This runs in a process of its own. */
async function load(port: number, body: Uint8Array): Promise<Load> {
  const head = new TextEncoder().encode(
    `POST /?top=1 HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${body.length}\r\n\r\n`,
  );
  const request = new Uint8Array([...head, ...body]), times: number[] = [];
  const warm = performance.now() + 1000, end = warm + 1000 * SECONDS;
  await Promise.all(Array.from({ length: CLIENTS }, async () => {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    connection.setNoDelay();
    const answer = new Uint8Array(4096), ok = new TextEncoder().encode("HTTP/1.1 200");
    while (performance.now() < end) {
      const start = performance.now();
      await connection.write(request);
      let size = 0; // until the line that ends with "]"
      do size += await connection.read(answer.subarray(size)) ?? 0; while (
        answer[size - 1] !== 10 || answer[size - 2] !== 93
      );
      if (ok.some((byte, i) => answer[i] !== byte)) {
        throw new Error(
          `Expected status 200 but found ${new TextDecoder().decode(answer.subarray(0, size))}`,
        );
      }
      if (performance.now() >= warm) times.push(performance.now() - start);
    }
  }));
  times.sort((a, b) => a - b);
  return { perSecond: times.length / SECONDS, p99: times[Math.floor(times.length * 0.99)]! };
}

async function measure(classify: Classify, body: Uint8Array): Promise<Load> {
  await using server = new ClassifierServer(classify, { hostname: "127.0.0.1", port: 0 });
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", import.meta.filename!, String(server.address.port), body.toBase64()],
    stderr: "piped",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** The runs of a net from now on: how many examples, and how many milliseconds. */
function watched(net: ShapedNet): { count: number; time: number }[] {
  const runs: { count: number; time: number }[] = [], forward = net.forward.bind(net);
  net.forward = (values) => {
    const start = performance.now();
    try {
      return forward(values);
    } finally {
      runs.push({ count: values.length / net.size, time: performance.now() - start });
    }
  };
  return runs;
}

/** How often runs had each number of examples, the most frequent first, with their median time. */
function sizes(runs: readonly { count: number; time: number }[]): string {
  const groups = Array.from(Map.groupBy(runs, ({ count }) => count), ([count, group]) => {
    const times = group.map(({ time }) => time).sort((a, b) => a - b);
    return { count, often: times.length, median: times[Math.floor(times.length / 2)]! };
  });
  return groups.sort((a, b) => b.often - a.often).slice(0, 8)
    .map(({ count, often, median }) => `${often} of ${count} (${median.toFixed(1)} ms)`).join(", ");
}

async function main(): Promise<void> {
  const root = new URL("../", import.meta.url).pathname;
  using predictor = await Predictor.create(await readNet(`${root}models/lenet/deploy.prototxt`), { seed: 1 });
  const { shaped, inputShape } = predictor;
  const batch = new Float32Array(shaped.batch * shaped.size);
  const times = Array.from({ length: 60 }, () => {
    const start = performance.now();
    shaped.forward(batch);
    return performance.now() - start;
  }).slice(10).sort((a, b) => a - b);
  const oneBatch = times[times.length / 2]!;
  console.log(`One batch of ${shaped.batch}: ${oneBatch.toFixed(1)} ms`);

  const oneByOne: Classify = async (bytes, name, { top = 5 } = {}) => {
    const values = predictor.prepare(await readNetworkInput(bytes, { shape: inputShape, name }));
    const padded = new Float32Array(batch.length);
    padded.set(values);
    const { shape, data } = shaped.forward(padded);
    return topScores({ shape: [1, ...shape.slice(1)], data: data.slice(0, data.length / shaped.batch) }, top);
  };
  const runs = watched(shaped);
  const batched = batchedClassifier(predictor, { format: "auto", top: 5, labels: [], oversample: false });
  const pixels = Uint8Array.from({ length: shaped.size }, (_, i) => (i * 37) % 256);
  const sharp = await loadSharp();
  const png = await sharp(pixels, { raw: { width: 28, height: 28, channels: 1 } }).png().toBuffer();
  const inputs = {
    "raw values": new Uint8Array(Float32Array.from(pixels, (value) => value / 255).buffer),
    "PNG images": new Uint8Array(png),
  };
  for (const [what, body] of Object.entries(inputs)) {
    const before = await measure(oneByOne, body);
    runs.length = 0;
    const after = await measure(batched, body);
    const full = runs.filter(({ count }) => count === shaped.batch).map(({ time }) => time).sort((a, b) =>
      a - b
    );
    const fullBatch = full[Math.floor(full.length / 2)] ?? NaN;
    console.log(`${what}, ${CLIENTS} clients:`);
    for (const [how, { perSecond, p99 }] of [["one by one", before], ["batched", after]] as const) {
      console.log(
        `  ${how.padEnd(10)} ${perSecond.toFixed(0).padStart(5)} requests/s, 99 % within ${
          p99.toFixed(0)
        } ms`,
      );
    }
    console.log(
      `  ${runs.length} runs, ${full.length} of them full batches of ${
        fullBatch.toFixed(1)
      } ms under this load: ` +
        `99 % within ${(after.p99 / fullBatch).toFixed(1)} batches`,
    );
    console.log(`  sizes: ${sizes(runs)}`);
    console.log(`  ${(after.perSecond / before.perSecond).toFixed(1)} times the requests`);
  }
}

const [port, body] = Deno.args;
if (port === undefined || body === undefined) await main();
else console.log(JSON.stringify(await load(Number(port), Uint8Array.fromBase64(body))));
