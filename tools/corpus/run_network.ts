// Reads, builds and runs one network, as a process of its own. Arguments: the file, then modules of layers;
// `--files`, a folder of writeMadeUpFiles; `--images`, how many at once; with `--compare` it runs on both engines.
// Prints a Result as JSON. See ../corpus.ts.

import { parseArgs } from "node:util";
import { Engine } from "../../ffi/engine.ts";
import { LIBRARY_TYPES, PYTHON_MODULES } from "../../layers/library_types.ts";
import { Net } from "../../net/net.ts";
import { netFromText } from "../../proto/nets/read_net.ts";
import type { NetParameter } from "../../proto/messages.ts";
import { registerLayers } from "../../script/layer/registered_layers.ts";
import { compareEngines, hasLoss, missingInLibcaffe } from "./compare_engines.ts";
import { type MadeUpOptions, type State, withMadeUpData } from "./made_up_data.ts";
import { layersIn, statesOf } from "./net_states.ts";
import type { Result } from "./report.ts";
import { tryGuesses } from "./try_guesses.ts";

/** How to run a network. */
interface Options {
  /** Modules of layers. */
  readonly layers: readonly string[];
  /** Whether to compare the engines. */
  readonly compare: boolean;
  /** How many images at once; by default what withMadeUpData takes. */
  readonly images?: number | undefined;
  /** The folder of files that layers read, in the place of their own. */
  readonly files?: string | undefined;
}

async function run(file: string, options: Options): Promise<Result> {
  let param: NetParameter;
  try {
    param = netFromText(await Deno.readTextFile(file), file);
  } catch (error) {
    return { reached: "nothing", reason: reasonOf(error) };
  }
  try {
    const missing = await missingTypes(param, options);
    if (missing.length > 0) return { reached: "read", missing, reason: `layer type ${missing.join(", ")}` };
    for (const state of statesOf(param)) await runState(param, state, options);
    return { reached: "run" };
  } catch (error) {
    return { reached: "read", reason: reasonOf(error) };
  }
}

/** The layer types of a net that neither the engine, the library nor the modules have. */
async function missingTypes(net: NetParameter, { layers, compare }: Options): Promise<string[]> {
  const { layerTypes } = Engine.open("embedded");
  const registered = await registerLayers(layers, [], { locks: [], cache: "use" });
  const types = new Set(
    statesOf(net).flatMap((state) => layersIn(net, state))
      .filter(({ type, bottom = [] }) =>
        bottom.length > 0 || type === "DummyData" || type === "Input" || type === "Parameter"
      )
      .filter(({ type }) => type !== "Script") // names its module, which the net looks for
      .filter(({ type, python_param: python }) =>
        type !== "Python" || !Object.hasOwn(PYTHON_MODULES, python?.module ?? "")
      )
      .map(({ type = "", python_param: python }) =>
        type === "Python" ? `Python ${python?.module}.${python?.layer}` : type
      ),
  );
  const others = new Set([...Object.keys(LIBRARY_TYPES), ...registered.keys()]);
  const missing = [...types].filter((type) => !layerTypes.includes(type) && !others.has(type));
  if (compare && missing.length === 0) return missingInLibcaffe([...types], others).sort();
  return missing.sort();
}

async function runState(param: NetParameter, state: State, options: Options): Promise<void> {
  const own = batchOf(param), guesses: Guess[] = [{ batch: options.images }];
  // Some nets have their batch size in a Reshape or a Slice too, and some take gray images.
  if (own !== undefined && own <= 64) guesses.push({ batch: own });
  guesses.push({ batch: options.images, channels: 1 });
  await tryGuesses(guesses, (guess) => runBatch(param, state, options, guess));
}

/** What nothing in a net says about its data. */
type Guess = Pick<MadeUpOptions, "batch" | "channels">;

function batchOf(net: NetParameter): number | undefined {
  for (const layer of net.layer ?? []) {
    const size = layer.data_param?.batch_size ?? layer.image_data_param?.batch_size ??
      layer.hdf5_data_param?.batch_size ?? layer.memory_data_param?.batch_size ??
      layer.input_param?.shape?.[0]?.dim?.[0];
    if (size !== undefined) return size;
  }
  return undefined;
}

async function runBatch(
  param: NetParameter,
  state: State,
  { layers, compare, files }: Options,
  guess: Guess,
): Promise<void> {
  const fed = await withMadeUpData(param, state, { layers, files, ...guess });
  if (compare) {
    await compareEngines(fed, state, layers);
    return;
  }
  using net = await Net.create(fed.param, { ...state, layers, seed: 1 });
  for (const [name, fill] of fed.fills) {
    const blob = net.blob(name);
    const { data } = blob;
    fill(data, blob.shape);
  }
  net.forward();
  if (hasLoss(net)) net.backward();
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const { values, positionals: [file = "", ...layers] } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    compare: { type: "boolean", default: false },
    files: { type: "string" },
    images: { type: "string" },
  },
});
const result = await run(file, {
  layers,
  ...values,
  images: values.images === undefined ? undefined : Number(values.images),
});
await Deno.stdout.write(new TextEncoder().encode(`\n${JSON.stringify(result)}\n`));
Deno.exit(0);
