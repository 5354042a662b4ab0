import { deepEqual, equal, notDeepEqual, ok, rejects, throws } from "node:assert/strict";
import { join } from "node:path";
import { Alphabet } from "../../../models/char_lstm/alphabet.ts";
import { CharacterWriter } from "../../../models/char_lstm/character_writer.ts";
import { NgramModel } from "../../../models/char_lstm/ngram_model.ts";
import type { TextStreamsLayer } from "../../../models/char_lstm/text_streams.ts";
import { Net } from "../../../net/mod.ts";
import type { NetParameter } from "../../../proto/mod.ts";
import { readNet, readSolver } from "../../../proto/mod.ts";
import { root } from "../../../tools/root.ts";
import { Solver } from "../../../train/mod.ts";
import { temporaryFolder } from "../data/fixture.ts";

const folder = join(root, "models/char_lstm");
const shakespeare = await Deno.readTextFile(join(folder, "shakespeare.txt"));
const alphabet = new Alphabet(shakespeare);

/** A net with a data layer only, over a file that holds `text`. */
async function streams(text: string, param: object, options: { phase: "TRAIN" | "TEST"; seed?: number }) {
  const source = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(source, text);
    return await Net.fromText(
      `layer { name: "text" type: "Script" top: "characters" top: "cont" top: "next"
        script_param { module: "${folder}/text_streams.ts" layer: "TextStreamsLayer"
          param_str: '${JSON.stringify({ source, ...param })}' } }`,
      options,
    );
  } finally {
    await Deno.remove(source);
  }
}

/** The batches of a net: of each stream its characters and those that follow, and `cont`. */
function batch(net: Net, of: Alphabet): { now: string[]; next: string[]; cont: number[] } {
  net.forward();
  const [steps = 0, count = 0] = net.blob("characters").shape;
  const read = (name: string, stream: number) =>
    Array.from({ length: steps }, (_, t) => of.characters[net.blob(name).data[t * count + stream]!]).join("");
  const all = (name: string) => Array.from({ length: count }, (_, stream) => read(name, stream));
  return { now: all("characters"), next: all("next"), cont: [...net.blob("cont").data] };
}

const layerOf = (net: Net) => net.layers[0]!.layer as unknown as TextStreamsLayer;

Deno.test("TextStreamsLayer: each stream goes on from batch to batch, and begins anew with each epoch", async () => {
  const text = "abcdefghijklmnopqrstuvwxyz", of = new Alphabet(text);
  using net = await streams(text, { steps: 4, streams: 3 }, { phase: "TEST" });
  deepEqual(net.blob("characters").shape, [4, 3]);
  const first = { now: ["abcd", "ijkl", "qrst"], next: ["bcde", "jklm", "rstu"] };
  const begins = [...new Array(3).fill(0), ...new Array(9).fill(1)];
  deepEqual(batch(net, of), { ...first, cont: begins });
  deepEqual(batch(net, of), {
    now: ["efgh", "mnop", "uvwx"],
    next: ["fghi", "nopq", "vwxy"],
    cont: new Array(12).fill(1),
  });
  deepEqual(batch(net, of), { ...first, cont: begins });
});

Deno.test("TextStreamsLayer: epochs of training begin elsewhere, as the seed says, within the part", async () => {
  const text = Array.from({ length: 100 }, (_, i) => String.fromCharCode(200 + i)).join("");
  const of = new Alphabet(text), param = { from: 0.1, to: 0.5, steps: 6, streams: 4 };
  const epochs = async (seed: number) => {
    using net = await streams(text, param, { phase: "TRAIN", seed });
    equal(layerOf(net).batches, 1);
    return Array.from({ length: 200 }, () => {
      const { now, next } = batch(net, of);
      const start = text.indexOf(now[0]!);
      for (const [n, stream] of now.entries()) {
        equal(stream, text.slice(start + 6 * n, start + 6 * n + 6));
        equal(next[n], text.slice(start + 6 * n + 1, start + 6 * n + 7));
      }
      return start;
    });
  };
  const starts = await epochs(1);
  // 40 characters from number 10 on; 25 of them are in an epoch.
  deepEqual([...new Set(starts)].sort((a, b) => a - b), Array.from({ length: 16 }, (_, i) => 10 + i));
  deepEqual(await epochs(1), starts);
  notDeepEqual(await epochs(2), starts);
});

Deno.test("TextStreamsLayer goes on from a saved position, and refuses a text that is too short", async () => {
  const text = shakespeare.slice(0, 500), of = new Alphabet(text), param = { steps: 5, streams: 3 };
  using net = await streams(text, param, { phase: "TRAIN", seed: 5 });
  for (let i = 0; i < layerOf(net).batches + 7; i++) batch(net, of);
  using other = await streams(text, param, { phase: "TRAIN", seed: 8 });
  layerOf(other).restore(layerOf(net).save());
  for (let i = 0; i < 40; i++) deepEqual(batch(other, of), batch(net, of));

  throws(
    () => layerOf(net).restore({ epoch: 0, batch: 33, seed: 5 }),
    /Expected a text of more than 33 batches but found 33/,
  );
  await rejects(
    streams("abc", { steps: 2, streams: 2 }, { phase: "TRAIN" }),
    /Expected a part with 2 steps of 2 streams and one more, 5 characters, but found 3 in/,
  );
});

Deno.test("an alphabet numbers the characters of a text, and names one that it does not have", () => {
  const { characters, size } = new Alphabet("hello");
  deepEqual([characters, size], [["e", "h", "l", "o"], 4]);
  deepEqual([...new Alphabet("hello").encode("hole")], [1, 3, 2, 0]);
  throws(() => new Alphabet("hello").encode("help"), /Expected characters of "ehlo" but found "p"/);
  throws(() => new Alphabet(""), /Expected a text with characters but found an empty one/);
});

Deno.test("an n-gram model's probabilities are those of counts, and sum to 1 after any context", () => {
  const text = new Alphabet("abcdr").encode("abracadabra"), size = 5;
  for (const order of [1, 2, 3, 5]) {
    const model = new NgramModel(text, order, size);
    for (const context of [[], [0], [4, 0], [2, 3], [3, 3, 3, 3]]) {
      const after = (number: number) => model.probability(Uint16Array.of(...context, number), context.length);
      const sum = [0, 1, 2, 3, 4].reduce((whole, number) => whole + after(number), 0);
      ok(Math.abs(sum - 1) < 1e-12, `${order}-grams after ${context}: ${sum}`);
    }
  }
  // 'a' comes 5 times of 11, and two characters of five once: D = 2 / (2 + 2 · 2).
  const ones = new NgramModel(text, 1, size), d = 2 / 6;
  equal(ones.probability(Uint16Array.of(0), 0), (5 - d + d * 5 * (1 / 5)) / 11);
  // Ones take each for an 'a'; after three characters, all but the first of those that begin alike are known.
  const whole = ones.test(text, 0);
  ok(Math.abs(whole.accuracy - 5 / 11) < 1e-12);
  const sum = Array.from(text, (_, i) => -Math.log2(ones.probability(text, i))).reduce((a, b) => a + b);
  ok(Math.abs(whole.bits - sum / 11) < 1e-12);
  const three = new NgramModel(text, 3, size).test(text, 2);
  ok(three.bits < ones.test(text, 2).bits && three.accuracy > 0.8, `${three.bits} ${three.accuracy}`);
});

/** The model's net, smaller: so many units, steps and streams, and the first `characters` of the text. */
async function smallNet(
  units: number,
  steps: number,
  count: number,
  characters: number,
): Promise<NetParameter> {
  const net = await readNet(join(folder, "net.prototxt"));
  for (const { type, recurrent_param, script_param, include } of net.layer ?? []) {
    if (type === "LSTM") recurrent_param!.num_output = units;
    if (script_param === undefined) continue;
    script_param.module = join(folder, "text_streams.ts");
    const part = { from: 0, to: characters / shakespeare.length };
    script_param.param_str = JSON.stringify({ source: "shakespeare.txt", ...part, steps, streams: count });
    equal(include?.length, 1);
  }
  return net;
}

Deno.test("models/char_lstm learns: thirty iterations of a smaller one lower the loss", async () => {
  const { net: _, ...param } = await readSolver(join(folder, "solver.prototxt"));
  const net_param = await smallNet(32, 16, 16, 20_000);
  using solver = await Solver.create({ ...param, net_param, test_initialization: false });
  const losses = Array.from({ length: 30 }, () => solver.step());
  ok(Math.abs(losses[0]! - Math.log(alphabet.size)) < 0.3, `${losses[0]}`);
  ok(losses.at(-1)! < 0.85 * losses[0]!, `${losses}`);
});

Deno.test("models/char_lstm: a run that was resumed at the end of an epoch has the bits of one that was not", async () => {
  using temporary = temporaryFolder();
  const { net: _, ...rest } = await readSolver(join(folder, "solver.prototxt"));
  const net_param = await smallNet(16, 5, 6, 200); // six batches per epoch
  const param = { ...rest, net_param, snapshot_prefix: join(temporary.path, "run") };
  const run = (solver: Solver, steps: number) => Array.from({ length: steps }, () => solver.step());
  const parameters = (solver: Solver) => [...solver.net.params.values()].flat().map((blob) => [...blob.data]);
  using through = await Solver.create(param);
  equal((through.net.layers[0]!.layer as unknown as TextStreamsLayer).batches, 6);
  run(through, 12);
  const { state } = through.snapshot();
  const losses = run(through, 9);

  using resumed = await Solver.create({ ...param, random_seed: 99 });
  await resumed.restore(state);
  deepEqual(run(resumed, 9), losses);
  deepEqual(parameters(resumed), parameters(through));
});

Deno.test("models/char_lstm: deploy.prototxt, character by character, predicts what net.prototxt does in streams", async () => {
  using tested = await Net.create(await smallNet(512, 8, 2, 500), { phase: "TEST", seed: 3 });
  using deployed = await Net.fromFile(join(folder, "deploy.prototxt"), { phase: "TEST" });
  deployed.shareWith(tested);
  const size = alphabet.size, streams = 2;
  for (let batch = 0; batch < 3; batch++) {
    tested.forward();
    for (let t = 0; t < 8; t++) {
      for (const name of ["characters", "cont"]) {
        deployed.blob(name).data[0] = tested.blob(name).data[t * streams]!;
      }
      deployed.forward();
      const e = Array.from(
        { length: size },
        (_, c) => Math.exp(tested.blob("score").data[t * streams * size + c]!),
      );
      const sum = e.reduce((a, b) => a + b);
      deployed.blob("prob").data.forEach((p, c) => ok(Math.abs(p - e[c]! / sum) < 1e-6));
    }
  }
});

Deno.test("CharacterWriter writes the same text for the same seed, from an empty memory each time", async () => {
  using temporary = temporaryFolder();
  const weights = join(temporary.path, "random.caffemodel");
  {
    using net = await Net.fromFile(join(folder, "deploy.prototxt"), { phase: "TEST", seed: 1 });
    for (const [i, blob] of [...net.params.values()].flat().entries()) {
      blob.data.forEach((_, at, data) => data[at] = 0.9 * Math.sin(1 + at * (i + 1.7)));
    }
    await net.save(weights);
  }
  using writer = await CharacterWriter.open(weights);
  const write = (seed: number, prompt = "MENENIUS:\n", temperature = 1) =>
    [...writer.write({ prompt, length: 30, temperature, seed })].join("");
  const first = write(1);
  equal(first.length, 30);
  ok(new Set(first).size > 3, first);
  equal(write(1), first);
  notDeepEqual(write(2), first);
  notDeepEqual(write(1, "The Queen "), first);
  equal(write(1, "First ", 0), write(2, "First ", 0));
  throws(() => write(1, "§"), /Expected characters of ".*" but found "§"/);
  throws(() => write(1, ""), /Expected a prompt of one or more characters but found none/);

  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--no-check", join(folder, "write.ts"), "--weights", weights],
      ..."--length 30 --temperature 1 --seed 1".split(" "),
    ],
  }).output();
  const [out, problem] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  deepEqual({ code, out, problem }, { code: 0, out: `MENENIUS:\n${first}\n`, problem: "" });
  await rejects(CharacterWriter.open(`${weights}.not`), /random\.caffemodel\.not: Expected /);
});
