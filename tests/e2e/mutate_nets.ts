/**
 * Mutates good nets and runs those that are still nets; mutation_test.ts starts it as a process, which a crash may end.
 * Arguments: "malformed" or "odd", seed, number of mutations, a file that always holds the current mutation.
 *
 * @module
 */
import fc from "fast-check";
import { CremaError } from "../../base/mod.ts";
import { Net } from "../../net/mod.ts";
import { type LayerParameter, netFromText, type NetParameter, parseText } from "../../proto/mod.ts";
import { ROOT } from "./run_crema.ts";
import { scriptLoss, tinyNet } from "./tiny_net.ts";

const NETS = [
  tinyNet(),
  tinyNet({ loss: scriptLoss(`${ROOT}layers/softmax_loss.ts`, "SoftmaxLossLayer") }),
  ...[
    "lenet/time",
    "lenet/net",
    "lenet/deploy",
    "lenet_script/net",
    "logistic_regression/time",
    "mnist_autoencoder/time",
  ]
    .map((name) => Deno.readTextFileSync(`${ROOT}models/${name}.prototxt`)),
];

const TOKEN = /"[^"\n]*"|[A-Za-z_]\w*|[-+.\w]+|\s+|#[^\n]*|./g;
const NUMBERS = [
  "0",
  "-1",
  "1",
  "2",
  "3",
  "7",
  "0.5",
  "-0.5",
  "1e38",
  "nan",
  "2147483647",
  "-2147483648",
  "4294967296",
];
const WORDS = [
  "MAX",
  "AVE",
  "TRAIN",
  "TEST",
  "true",
  '"x"',
  '""',
  "{",
  "}",
  "layer {",
  ":",
  '"Split"',
  '"Script"',
];

type Mutation = (tokens: string[], at: number, other: number) => void;

/** The index of the first matching token from `at` on, or else from the start. */
function find(tokens: readonly string[], at: number, pattern: RegExp): number {
  const found = tokens.findIndex((token, i) => i >= at && pattern.test(token));
  return found >= 0 ? found : tokens.findIndex((token) => pattern.test(token));
}

const MUTATIONS: Record<string, Mutation> = {
  number: (tokens, at, other) => {
    tokens[find(tokens, at, /^[-\d.]/)] = NUMBERS[other % NUMBERS.length] ?? "";
  },
  rename: (tokens, at, other) => {
    tokens[find(tokens, at, /^"/)] = tokens[find(tokens, other % tokens.length, /^"/)] ?? "";
  },
  word: (tokens, at, other) => {
    tokens[find(tokens, at, /^\w|^"/)] = WORDS[other % WORDS.length] ?? "";
  },
  delete: (tokens, at) => void tokens.splice(find(tokens, at, /\S/), 1),
  deleteMany: (tokens, at, other) => void tokens.splice(at, other % 40),
  repeat: (tokens, at, other) => void tokens.splice(at, 0, ...tokens.slice(at, at + other % 80)),
  swap: (tokens, at, other) => {
    const to = other % tokens.length;
    [tokens[at], tokens[to]] = [tokens[to] ?? "", tokens[at] ?? ""];
  },
  truncate: (tokens, at) => void (tokens.length = at),
};

/** Evenly spread: fast-check prefers small numbers. */
const POSITION = fc.noBias(fc.nat());

/** Prototxts that are mostly malformed: their tokens are changed. */
const malformed = fc.tuple(
  fc.constantFrom(...NETS),
  fc.array(fc.tuple(fc.constantFrom(...Object.keys(MUTATIONS)), POSITION, POSITION), {
    minLength: 1,
    maxLength: 3,
  }),
).map(([text, changes]) => {
  const tokens = text.match(TOKEN) ?? [];
  for (const [name, at, other] of changes) {
    if (tokens.length > 0) MUTATIONS[name]?.(tokens, at % tokens.length, other);
  }
  return tokens.join("");
});

/** Prototxts that parse but are odd: values and layers are changed, exchanged, dropped. */
const odd = fc.tuple(
  fc.constantFrom(...NETS),
  fc.array(fc.tuple(fc.nat(5), POSITION, POSITION), { minLength: 1, maxLength: 3 }),
).map(([text, changes]) => {
  const net = structuredClone(parseText("NetParameter", text.replaceAll("../../layers/", `${ROOT}layers/`)));
  for (const [kind, at, other] of changes) changeMessage(net.layer ?? [], kind, at, other);
  return net;
});

function changeMessage(layers: LayerParameter[], kind: number, at: number, other: number): void {
  if (layers.length === 0) return;
  const [from, to] = [at % layers.length, other % layers.length];
  if (kind === 0) layers.splice(from, 1);
  else if (kind === 1) layers.splice(to, 0, structuredClone(layers[from] ?? {}));
  else if (kind === 2) [layers[from], layers[to]] = [layers[to] ?? {}, layers[from] ?? {}];
  else {
    const all = leaves(layers);
    const leaf = all[at % all.length];
    const alike = all.filter((each) => each.key === leaf?.key);
    const value = alike[other % alike.length]?.get();
    if (typeof leaf?.get() === "number" && other % 2 === 0) {
      leaf.set(NUMBER_VALUES[other % NUMBER_VALUES.length]);
    } else leaf?.set(value);
  }
}

const NUMBER_VALUES = [0, -1, 1, 2, 3, 5, 7, 11, 28, 2147483647, -2147483648, 65536];

interface Leaf {
  key: string;
  get(): unknown;
  set(value: unknown): void;
}

/** The values at the ends of a message. */
function leaves(message: unknown): Leaf[] {
  if (typeof message !== "object" || message === null || ArrayBuffer.isView(message)) return [];
  const holder = message as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) =>
    typeof holder[key] === "object"
      ? leaves(holder[key])
      : [{ key, get: () => holder[key], set: (value: unknown) => void (holder[key] = value) }]
  );
}

/** The path that mutations pretend to have: models/lenet_script names its modules from there. */
const FILE = `${ROOT}models/mutated/net.prototxt`;

/** Makes the net and runs it. Returns the outcome; throws any error but a CremaError. */
async function attempt(mutation: string | NetParameter, phase: "TRAIN" | "TEST"): Promise<"refused" | "ran"> {
  try {
    const param = typeof mutation === "string" ? netFromText(mutation, FILE) : mutation;
    using net = await Net.create(param, { phase, seed: 1, threads: 1 });
    net.handle.forward();
    net.handle.backward();
    return "ran";
  } catch (error) {
    if (error instanceof CremaError) return "refused";
    throw error;
  }
}

if (import.meta.main) {
  const [kind, seed, count, file] = Deno.args;
  const seen = { refused: 0, ran: 0, slowest: 0 };
  const sample = { seed: Number(seed), numRuns: Number(count) };
  const mutations = fc.tuple(
    kind === "odd" ? odd : malformed,
    fc.constantFrom("TRAIN" as const, "TEST" as const),
  );
  for (const [mutation, phase] of fc.sample(mutations, sample)) {
    Deno.writeTextFileSync(file ?? "", typeof mutation === "string" ? mutation : JSON.stringify(mutation));
    const start = performance.now();
    seen[await attempt(mutation, phase)]++;
    seen.slowest = Math.max(seen.slowest, performance.now() - start);
  }
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(seen)));
  Deno.exit(0);
}
