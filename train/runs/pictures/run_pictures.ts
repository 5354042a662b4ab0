import { join } from "node:path";
import { checkClassNames } from "../../../base/check_class_names.ts";
import { replaceFile } from "../../../base/replace_file.ts";
import { plotSvg } from "../../../plot/plot_svg.ts";
import type { Net } from "../../../net/net.ts";
import type { MetricsRow } from "../metrics_file.ts";
import { TestOutputCollector, type TestOutputs } from "../outputs/test_outputs.ts";
import { HISTORY_FILE, historyCsv, type HistoryPoint } from "../step_history.ts";
import { curvesPlot, learningRatePlot } from "./curve_plots.ts";
import {
  classesCsv,
  type ClassName,
  classScoreLines,
  confusionCsv,
  drawConfusion,
  drawWorst,
} from "./test_pictures.ts";

/** Of more classes than these the log has only the means. */
const MOST_LINES = 100;

/** Names of classes, by number, and the file that says them. */
export interface ClassNames {
  readonly classes?: readonly string[] | undefined;
  readonly classesFile?: string | undefined;
}

/** Draws what is in a run's folder, and writes the tables behind it. */
export class RunPictures {
  readonly #folder: string;
  readonly #name: string;
  readonly #collectors: readonly (TestOutputCollector | undefined)[];
  readonly #nameOf: ClassName;
  /** The last test of each test net. */
  readonly #last: (TestOutputs | undefined)[] = [];
  /** The test of each that is drawn already. */
  readonly #drawn: (TestOutputs | undefined)[] = [];

  /**
   * For a run with these test nets; has them keep the blobs that are read. Throws a CremaError when there are names of
   * classes, but more or fewer than the first net that classifies has.
   */
  constructor(folder: string, name: string, testNets: readonly Net[], { classes, classesFile }: ClassNames) {
    this.#folder = folder;
    this.#name = name;
    this.#collectors = testNets.map((net) => TestOutputCollector.for(net));
    const first = this.#collectors.find((each) => each !== undefined);
    if (classes !== undefined && first !== undefined) {
      checkClassNames(classes.length, first.classes, classesFile);
    }
    this.#nameOf = (index) => classes?.[index] ?? String(index);
  }

  /** A test net begins its test. */
  testStart(net: number, iteration: number): void {
    this.#collectors[net]?.start(iteration);
  }

  /** A test net has run a batch. */
  testBatch(net: number): void {
    this.#collectors[net]?.batch();
  }

  /** A test net has ended its test. */
  testEnd(net: number): void {
    this.#last[net] = this.#collectors[net]?.end() ?? this.#last[net];
  }

  /** Draws the curves and the learning rate. Throws what the system throws. */
  curves(history: readonly HistoryPoint[], rows: readonly MetricsRow[]): void {
    this.#write(HISTORY_FILE, historyCsv(history));
    this.#write("curves.svg", plotSvg(curvesPlot({ name: this.#name, history, rows })));
    this.#write("lr.svg", plotSvg(learningRatePlot({ name: this.#name, history })));
  }

  /** Draws the last test of each net that classifies, unless that is done. Throws what the system throws. */
  tests(): void {
    for (const [net, outputs] of this.#last.entries()) {
      const collector = this.#collectors[net];
      if (outputs === undefined || collector === undefined || this.#drawn[net] === outputs) continue;
      const end = net === 0 ? "" : `_${net}`, { confusion } = outputs;
      this.#write(`confusion${end}.svg`, drawConfusion(outputs, this.#nameOf));
      this.#write(`confusion${end}.csv`, confusionCsv(confusion, this.#nameOf));
      this.#write(`classes${end}.csv`, classesCsv(confusion.scores(), this.#nameOf));
      const worst = drawWorst(outputs, collector.input, collector.kind, this.#nameOf);
      if (worst !== undefined) this.#write(`worst${end}.svg`, worst);
      this.#drawn[net] = outputs;
    }
  }

  /** Precision, recall and F1 of the last tests, for the log. */
  classLines(): string[] {
    return this.#last.flatMap((outputs) => {
      const lines = outputs === undefined ? [] : classScoreLines(outputs.confusion.scores(), this.#nameOf);
      return lines.length > MOST_LINES ? lines.slice(-1) : lines;
    });
  }

  #write(name: string, text: string): void {
    replaceFile(join(this.#folder, name), text);
  }
}
