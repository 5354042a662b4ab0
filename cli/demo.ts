/**
 * The demo: fetches MNIST, trains LeNet with a TypeScript loss layer, and shows the result.
 *
 * @module
 */
import { join, relative, resolve } from "node:path";
import { CremaError } from "../base/mod.ts";
import { datasets, makeDataset } from "../data/mod.ts";
import type { Net } from "../net/mod.ts";
import { readSolver } from "../proto/mod.ts";
import { listenForSignals, Solver, train, TrainRequests } from "../train/mod.ts";
import { errorText } from "./output/error_text.ts";
import { painter } from "./output/painter.ts";
import { printError, printOut } from "./output/print.ts";
import { terminalColumns } from "./output/terminal_columns.ts";
import { drawImages, type GreyImage } from "../plot/draw_images.ts";
import type { Plot } from "../plot/plot.ts";
import { plotSvg } from "../plot/plot_svg.ts";
import { plotText } from "../plot/plot_text.ts";
import { TrainingView } from "./training/training_view.ts";

const ROOT = resolve(import.meta.dirname ?? ".", "..");
const ITERATIONS = 5000;
const WANTED_ACCURACY = 0.985;

/** Pixels around MNIST's digits that are always empty. */
const BORDER = 4;

async function demo(): Promise<void> {
  Deno.chdir(ROOT); // where the models' paths start
  await fetchMnist();
  const output = join(ROOT, "build", "demo");
  await Deno.mkdir(output, { recursive: true });
  const param = {
    ...await readSolver("models/lenet_script/solver.prototxt"),
    max_iter: ITERATIONS,
    snapshot: 0,
    snapshot_prefix: join(output, "lenet_script"),
  };
  using solver = await Solver.create(param);
  say(`\nLeNet on MNIST, its loss layer in TypeScript: layers/softmax_loss.ts, ${ITERATIONS} iterations`);
  const history = await runTraining(solver);
  const accuracy = history.accuracy.at(-1)?.[1] ?? 0;

  const plot = plotOf(history);
  const svg = join(output, "lenet_script.svg");
  await Deno.writeTextFile(svg, plotSvg(plot));
  const columns = terminalColumns();
  say(`\n${plotText(plot, { width: Math.min(columns - 14, 72), height: 10, paint: painter() })}\n`);
  const [testNet] = solver.testNets;
  if (testNet !== undefined) say(`${drawPredictions(testNet, columns)}\n`);
  say(`Plot:     ${relative(ROOT, svg)}`);
  say(`Weights:  ${relative(ROOT, join(output, `lenet_script_iter_${solver.iteration}.caffemodel`))}`);
  say(`Accuracy: ${(accuracy * 100).toFixed(2)} % of the 10,000 test images`);
  if (accuracy < WANTED_ACCURACY) {
    throw new CremaError(`Expected an accuracy of at least ${WANTED_ACCURACY} but found ${accuracy}`);
  }
}

async function fetchMnist(): Promise<void> {
  const mnist = datasets.get("mnist");
  if (mnist === undefined) throw new CremaError("Expected a dataset 'mnist' but found none");
  await makeDataset(mnist, {
    onProgress: (progress) => {
      if (progress.step === "fetch") say(`Fetching the ${progress.origin}`);
      else if (progress.done === progress.total) say(`Wrote ${progress.lmdb}: ${progress.total} records`);
    },
  });
}

/** What the plot shows: the loss, averaged over a few iterations per point, and the accuracy of each test. */
interface History {
  loss: [iteration: number, loss: number][];
  accuracy: [iteration: number, accuracy: number][];
}

async function runTraining(solver: Solver): Promise<History> {
  const history: History = { loss: [], accuracy: [] };
  const requests = new TrainRequests();
  using _signals = listenForSignals(requests);
  using view = new TrainingView({ display: solver.param.display ?? 0 });
  let sum = 0, count = 0;
  for await (const event of train(solver, { requests })) {
    view.event(event);
    if (event.type === "step") {
      sum += event.loss;
      // Fine steps at the beginning, where the loss falls fast.
      if (++count >= (event.iteration < 50 ? 5 : 25)) {
        history.loss.push([event.iteration + 1, sum / count]);
        sum = count = 0;
      }
    } else if (event.type === "test") {
      history.accuracy.push([event.iteration, event.outputs["accuracy"] ?? 0]);
    } else if (event.type === "done" && event.stoppedEarly) {
      throw new CremaError(`Expected ${ITERATIONS} iterations but was stopped after ${event.iteration}`);
    }
  }
  return history;
}

function plotOf({ loss, accuracy }: History): Plot {
  return {
    title: "LeNet on MNIST, loss layer in TypeScript",
    xLabel: "iteration",
    leftLabel: "train loss",
    rightLabel: "test accuracy",
    series: [
      { name: "train loss", points: loss, axis: "left", color: "#1f77b4" },
      { name: "test accuracy", points: accuracy, axis: "right", color: "#d62728" },
    ],
  };
}

/** Runs a test batch and draws its first digits, mistakes before the rest. */
function drawPredictions(net: Net, columns: number): string {
  net.handle.forward();
  const images = net.blob("data"), labels = net.blob("label").read(), scores = net.blob("ip2");
  const pixels = images.read(), predicted = scores.read();
  const classes = scores.count / scores.num, size = images.height;
  const digits = Array.from({ length: images.num }, (_, i) => {
    const row = predicted.subarray(i * classes, (i + 1) * classes);
    const answer = row.indexOf(Math.max(...row));
    const right = answer === labels[i];
    return {
      right,
      image: crop(pixels.subarray(i * size * size, (i + 1) * size * size), size),
      caption: right ? `${answer}` : `${answer} (is ${labels[i]})`,
    };
  });
  const perLine = Math.max(1, Math.floor((columns + 2) / (size - 2 * BORDER + 2)));
  const chosen = [
    ...digits.filter((digit) => !digit.right).slice(0, 1),
    ...digits.filter((digit) => digit.right),
  ]
    .slice(0, 2 * Math.min(perLine, 4));
  const lines: string[] = ["Test digits and what the net says:"];
  for (let at = 0; at < chosen.length; at += Math.min(perLine, 4)) {
    const some = chosen.slice(at, at + Math.min(perLine, 4));
    lines.push(drawImages(some.map((digit) => digit.image), some.map((digit) => digit.caption)));
  }
  return lines.join("\n");
}

/** A digit without its empty border. */
function crop(pixels: Float32Array, size: number): GreyImage {
  const side = size - 2 * BORDER;
  const kept = Array.from(
    { length: side * side },
    (_, i) => pixels[(BORDER + Math.floor(i / side)) * size + BORDER + i % side] ?? 0,
  );
  return { pixels: kept, width: side, height: side };
}

function say(text: string): void {
  printOut(`${text}\n`);
}

if (import.meta.main) {
  try {
    await demo();
  } catch (error) {
    printError(`${errorText(error)}\n`);
    Deno.exit(1);
  }
  Deno.exit(0);
}
