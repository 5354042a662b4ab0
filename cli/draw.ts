import { extname } from "node:path";
import { Command, Option } from "commander";
import { CremaError } from "../base/mod.ts";
import { checkDestination } from "../base/check_destination.ts";
import { writeWhole } from "../base/write_whole.ts";
import { Net, replaceInputs } from "../net/mod.ts";
import { drawNet, type DrawNetOptions, filterNet, type NetParameter, readNet } from "../proto/mod.ts";
import { renderGraph } from "./output/render_graph.ts";
import { addInputOption } from "./options/input_shapes.ts";
import { addNetOptions, engineOptions, type NetCommandOptions } from "./options/net_command_options.ts";
import { printError, printOut } from "./output/print.ts";

interface DrawCommandOptions extends NetCommandOptions {
  rankdir: NonNullable<DrawNetOptions["rankdir"]>;
  phase: "TRAIN" | "TEST" | "ALL";
  displayLrm?: boolean | undefined;
  labelEdges: boolean;
  shapes: boolean;
  input?: Map<string, number[]> | undefined;
}

/** `crema draw`: pycaffe's draw_net.py. */
export function drawCommand(): Command {
  const command = new Command("draw")
    .description("draw a net as a graph of layers and blobs (pycaffe's draw_net.py)")
    .argument("<net>", "the net's prototxt")
    .argument("<out>", "the file to write: .svg, .png or .dot (Graphviz' text)")
    .addOption(
      new Option("--rankdir <direction>", "where the outputs are").choices(["LR", "TB", "BT", "RL"]).default(
        "LR",
      ),
    )
    .addOption(
      new Option("--phase <phase>", "the layers to draw").choices(["TRAIN", "TEST", "ALL"]).default("ALL"),
    )
    .option("--display-lrm", "show the factors of the learning rates")
    .option("--no-label-edges", "leave out the numbers of outputs at the edges")
    .option("--no-shapes", "leave out shapes and parameters, for which the net is made");
  return addNetOptions(addInputOption(command)).action(
    async (file: string, out: string, options: DrawCommandOptions) => await runDraw(file, out, options),
  );
}

async function runDraw(file: string, out: string, options: DrawCommandOptions): Promise<void> {
  const format = extname(out).toLowerCase();
  if (![".svg", ".png", ".dot", ".gv"].includes(format)) {
    throw new CremaError(`Expected a file .svg, .png or .dot to draw to but found '${out}'`);
  }
  checkDestination(out, "drawing");
  const param = replaceInputs(await readNet(file), options.input ?? new Map());
  const { phase } = options;
  const known = options.shapes ? await measure(param, options) : {};
  const text = drawNet(phase === "ALL" ? param : filterNet(param, { ...param.state, phase }), {
    rankdir: options.rankdir,
    lrMult: options.displayLrm,
    labelEdges: options.labelEdges,
    phases: true,
    ...known,
  });
  const bytes = format === ".dot" || format === ".gv"
    ? new TextEncoder().encode(text)
    : await renderGraph(text, format === ".svg" ? "svg" : "png");
  await writeWhole(out, () => bytes, "drawing");
  printOut(`${out}\n`);
}

/** The shapes and the numbers of parameters of the phases that are drawn, where the net can be made. */
async function measure(
  param: NetParameter,
  options: DrawCommandOptions,
): Promise<Pick<DrawNetOptions, "shapes" | "parameters">> {
  const shapes = new Map<string, readonly number[]>(), parameters = new Map<string, number>();
  const phases = options.phase === "ALL" ? ["TRAIN", "TEST"] as const : [options.phase];
  let failure: CremaError | undefined, made = 0;
  for (const phase of phases) {
    try {
      using net = await Net.create(param, { ...engineOptions(options), phase });
      made++;
      for (const [name, { shape }] of net.blobs) shapes.set(name, [...shape]);
      for (const [name, blobs] of net.params) {
        parameters.set(name, blobs.reduce((sum, { count }) => sum + count, 0));
      }
    } catch (error) {
      if (!(error instanceof CremaError)) throw error;
      failure ??= error;
    }
  }
  // A net for both phases often makes no sense in one of them; with a shape for its blobs, that is no matter.
  if (made === 0) {
    printError(
      `Without shapes: ${failure?.message}\n` +
        "--input data=1,3,224,224 gives a blob a shape in place of its data layer.\n",
    );
  }
  return { shapes, parameters };
}
