import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import type { Net, PlanGroup } from "../net/mod.ts";
import { type Deopt, findDeopts } from "./debugging/deopts.ts";
import { addNetOptions, type NetCommandOptions } from "./options/net_command_options.ts";
import { openNet } from "./options/open_net.ts";
import { positiveInteger } from "./options/option_values.ts";
import { phaseOption } from "./options/phase_option.ts";
import { positionalFile } from "./options/positional_file.ts";
import { addWeightsOptions, type WeightsOptions } from "./options/weights_options.ts";
import { floatText } from "../train/log/float_text.ts";
import { CommandLog } from "./output/command_log.ts";
import { planText } from "./output/plan_text.ts";
import { printOut } from "./output/print.ts";
import { tableText } from "./output/table_text.ts";
import { weightsLines } from "./output/weights_lines.ts";

interface TimeCommandOptions extends NetCommandOptions, WeightsOptions {
  model?: string | undefined;
  iterations: number;
  phase?: "TRAIN" | "TEST" | undefined;
  plan?: boolean | undefined;
  json?: boolean | undefined;
}

/** Mean times of a net, in milliseconds. */
export interface NetTimes {
  engine: string;
  threads: number;
  iterations: number;
  /** The whole forward pass in one call. */
  forward_ms: number;
  /** The whole backward pass in one call. */
  backward_ms: number;
  /** Each layer in a call of its own. */
  layers: LayerTimes[];
}

/** Mean times of a layer, in milliseconds. */
export interface LayerTimes {
  name: string;
  type: string;
  forward_ms: number;
  backward_ms: number;
  /** Whether its class is in a module. */
  script: boolean;
  /** Of a layer in TypeScript that has many values: nanoseconds, forward and backward, per value of its largest blob. */
  ns_per_value?: number | undefined;
}

/** A plain loop takes one or two nanoseconds per value, one with an exponential about twenty. */
const SLOW_NS = 40;

/** With fewer values, the time of a layer says nothing about its loops. */
const ENOUGH_VALUES = 1000;

/** At least this many passes, and this long, before the measured ones: the first ones choose layouts and allocate. */
const WARM_UP = { passes: 3, milliseconds: 200 };

/** `crema time`: measures a net's speed. */
export function timeCommand(): Command {
  const command = new Command("time")
    .description("measure forward and backward of a net, whole and layer by layer")
    .argument("[net]", "the net's prototxt, or a solver's: the same as --model")
    .option("--model <file>", "the net's prototxt");
  return addNetOptions(
    addWeightsOptions(command)
      .option("--iterations <n>", "measured passes", positiveInteger, 50)
      .addOption(phaseOption("phase of the net (default: TRAIN)"))
      .option("--plan", "show which layers are computed together, and how")
      .option("--json", "print one JSON object"),
  ).action(async (net: string | undefined, options: TimeCommandOptions) => {
    await runTime({ ...options, model: positionalFile("net", "--model", options.model, net) });
  });
}

async function runTime(options: TimeCommandOptions & { model: string }): Promise<void> {
  using log = new CommandLog({ quiet: options.json });
  log.line("caffe.cpp:345", "Use CPU.");
  using net = await openNet(options, options.phase ?? "TRAIN", {
    // It runs backward in either phase, and looks at every layer by itself.
    compute: { recycle: false, recompute: false },
  });
  if (options.weights !== undefined) {
    const report = await net.copyTrainedLayersFrom(options.weights, options);
    for (const { severity, text } of weightsLines(report)) log.line("net.cpp:744", text, severity);
  }
  log.line("caffe.cpp:351", "Performing Forward");
  log.line("caffe.cpp:356", `Initial loss: ${floatText(net.handle.forward())}`);
  log.line("caffe.cpp:357", "Performing Backward");
  net.handle.backward();
  log.line("caffe.cpp:365", "*** Benchmark begins ***");
  log.line("caffe.cpp:366", `Testing for ${options.iterations} iterations.`);
  const started = performance.now();
  const times = timeNet(net, options.iterations, (iteration, milliseconds) => {
    const text = `Iteration: ${iteration + 1} forward-backward time: ${floatText(milliseconds)} ms.`;
    log.line("caffe.cpp:394", text);
    log.progress("Timing", iteration + 1, options.iterations, "passes");
  });
  // What the layers did one by one is not how the net runs.
  const plan = options.plan ? wholePlan(net) : undefined;
  const modules = new Set(net.handle.hostPlans.flatMap(({ source }) => source?.module ?? []));
  const deopts = modules.size === 0
    ? []
    : await findDeopts(Deno.args.filter((arg) => arg !== "--json"), modules);
  if (options.json) return printOut(`${JSON.stringify({ ...times, deopts, plan })}\n`);
  if (plan !== undefined) printOut(planText(plan));
  if (log.live) printOut(`${timesText(times)}\n`);
  log.line("caffe.cpp:397", "Average time per layer: ");
  for (const { name, forward_ms, backward_ms } of times.layers) {
    log.line("caffe.cpp:400", `${name.padStart(10)}\tforward: ${floatText(forward_ms)} ms.`);
    log.line("caffe.cpp:403", `${name.padStart(10)}\tbackward: ${floatText(backward_ms)} ms.`);
  }
  for (const line of scriptLines(times, deopts ?? [])) log.line("time.ts", line, "I", true);
  log.line("caffe.cpp:408", `Average Forward pass: ${floatText(times.forward_ms)} ms.`);
  log.line("caffe.cpp:410", `Average Backward pass: ${floatText(times.backward_ms)} ms.`);
  log.line(
    "caffe.cpp:412",
    `Average Forward-Backward: ${floatText(times.forward_ms + times.backward_ms)} ms.`,
  );
  log.line("caffe.cpp:414", `Total Time: ${floatText(performance.now() - started)} ms.`);
  log.line("caffe.cpp:415", "*** Benchmark ends ***");
}

/**
 * A table of the layers' times, with their shares of all of them, and the times of whole passes below: those are shorter
 * where layers are computed together.
 */
export function timesText({ layers, forward_ms, backward_ms }: NetTimes): string {
  const all = layers.reduce((sum, each) => sum + each.forward_ms + each.backward_ms, 0);
  const right = { align: "right" } as const;
  const table = tableText(
    [{ title: "layer (type)" }, { title: "forward, ms", ...right }, { title: "backward, ms", ...right }, {
      title: "share",
      ...right,
    }],
    layers.map(({ name, type, forward_ms, backward_ms }) => [
      `${name} (${type})`,
      forward_ms.toFixed(3),
      backward_ms.toFixed(3),
      `${(all === 0 ? 0 : 100 * (forward_ms + backward_ms) / all).toFixed(1)} %`,
    ]),
  );
  const whole = [forward_ms, backward_ms, forward_ms + backward_ms].map((time) => time.toFixed(3));
  return `${table}\nWhole passes: ${whole[0]} ms forward, ${whole[1]} ms backward, ${whole[2]} ms together`;
}

/**
 * Measures a net: first whole passes, then as many layer by layer, after a warm-up of each kind. `onIteration` gets
 * the milliseconds of each whole pass, forward and backward.
 */
export function timeNet(
  net: Net,
  iterations: number,
  onIteration: (iteration: number, milliseconds: number) => void = () => {},
): NetTimes {
  const { handle } = net;
  const pass = () => {
    handle.clearDiffs();
    return [elapsed(() => handle.forward()), elapsed(() => handle.backward())] as const;
  };
  const started = performance.now();
  for (let i = 0; i < WARM_UP.passes || performance.now() - started < WARM_UP.milliseconds; i++) pass();
  let forward = 0, backward = 0;
  for (let iteration = 0; iteration < iterations; iteration++) {
    const times = pass();
    forward += times[0];
    backward += times[1];
    onIteration(iteration, times[0] + times[1]);
  }
  const scripts = new Set(
    handle.hostPlans.filter(({ source }) => source !== undefined).map(({ param }) => param.name),
  );
  const layers = handle.layers.map(({ name, type }): LayerTimes => ({
    name,
    type,
    script: scripts.has(name),
    forward_ms: 0,
    backward_ms: 0,
  }));
  for (let iteration = -1; iteration < iterations; iteration++) {
    handle.clearDiffs();
    const share = iteration < 0 ? 0 : 1 / iterations;
    for (const [i, layer] of layers.entries()) {
      layer.forward_ms += share * elapsed(() => handle.forward(i, i));
    }
    for (const [i, layer] of [...layers.entries()].reverse()) {
      layer.backward_ms += share * elapsed(() => handle.backward(i, i));
    }
  }
  for (const [i, { layer, bottoms, tops }] of net.layers.entries()) {
    if (layer === undefined || !layers[i]!.script) continue;
    const values = Math.max(0, ...[...bottoms, ...tops].map((name) => net.blob(name).count));
    const { forward_ms, backward_ms } = layers[i]!;
    if (values >= ENOUGH_VALUES) layers[i]!.ns_per_value = 1e6 * (forward_ms + backward_ms) / values;
  }
  return {
    engine: handle.engine.name,
    threads: handle.engine.threads,
    iterations,
    forward_ms: forward / iterations,
    backward_ms: backward / iterations,
    layers,
  };
}

/** The plan of the net after passes over all of it. */
function wholePlan(net: Net): PlanGroup[] {
  net.handle.clearDiffs();
  net.handle.forward();
  net.handle.backward();
  return net.plan();
}

/** What share of the time layers in TypeScript take, and what slows them down, as lines of the log. */
export function scriptLines({ layers }: Pick<NetTimes, "layers">, deopts: readonly Deopt[]): string[] {
  const time = (all: readonly LayerTimes[]) =>
    all.reduce((sum, each) => sum + each.forward_ms + each.backward_ms, 0);
  const scripts = layers.filter(({ script }) => script);
  if (scripts.length === 0) return [];
  const percent = (100 * time(scripts) / time(layers)).toFixed(1);
  const lines = [`Layers in TypeScript: ${floatText(time(scripts))} ms, ${percent} % of all layers.`];
  for (const { name, ns_per_value: ns } of scripts) {
    if (ns === undefined || ns < SLOW_NS) continue;
    lines.push(
      `Layer '${name}' takes ${ns.toFixed(0)} ns per value, where a plain loop takes 1 or 2. ` +
        "Does a loop read blob.data each time? Keep it in a variable before the loop, or use this.ops.",
    );
  }
  for (const { module, function: name, times, reason } of deopts) {
    const place = module.startsWith("file:") ? relative(Deno.cwd(), fileURLToPath(module)) : module;
    lines.push(
      `V8 optimized ${name} of ${place} and undid that ${times} times in 100 passes (${reason}): ` +
        "something in it changes its type or shape.",
    );
  }
  return lines;
}

function elapsed(run: () => void): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}
