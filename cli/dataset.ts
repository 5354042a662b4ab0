import { Command } from "commander";
import { CremaError, nearest } from "../base/mod.ts";
import { type Backend, type DatasetProgress, datasets, makeDataset } from "../data/mod.ts";
import { addBackendOption } from "./datasets/convert_command.ts";
import { cifar10Command, pairsCommand, runConvertIdx } from "./datasets/idx_commands.ts";
import { imagesCommand } from "./datasets/images_command.ts";
import { meanCommand } from "./datasets/mean_command.ts";
import { printError, printOut } from "./output/print.ts";
import { counted } from "../base/counted.ts";

interface DatasetOptions {
  out?: string | undefined;
  from?: string | undefined;
  force?: boolean | undefined;
}

/** `crema dataset`: fetches a dataset and writes it as LMDBs, or makes databases of files as Caffe's tools do. */
export function datasetCommand(): Command {
  const list = Array.from(
    datasets.values(),
    ({ name, description, origin }) => `  ${name}: ${description} (${origin})`,
  );
  const command = new Command("dataset")
    .description("fetch a dataset, or make a database of images, as LMDBs or LevelDBs, which Caffe reads too")
    .argument("<name>", `one of ${Array.from(datasets.keys()).join(", ")}`)
    .argument("[files...]", "IDX files of images and of labels, and the folder for their database")
    .option("--out <folder>", "where the LMDBs go (default: data-cache/<name>)")
    .option("--from <folder>", "take the IDX files from this folder instead of fetching them")
    .option("--force", "make them again even if they exist")
    .addHelpText("after", `\nDatasets:\n${list.join("\n")}`)
    .addCommand(imagesCommand())
    .addCommand(meanCommand())
    .addCommand(cifar10Command())
    .addCommand(pairsCommand());
  return addBackendOption(command)
    .action(async (name: string, files: string[], options: DatasetOptions & { backend: Backend }) => {
      const [images, labels, out] = files;
      if (images === undefined) return await runDataset(name, options);
      if (!datasets.has(name)) throw unknownDataset(name);
      if (labels === undefined || out === undefined || files.length > 3) {
        throw new CremaError(
          `Expected the images, the labels and the folder for the database but found ${files.length} arguments`,
          {
            hint: "convert_mnist_data's: crema dataset mnist images-idx3-ubyte labels-idx1-ubyte mnist_lmdb",
          },
        );
      }
      await runConvertIdx([images, labels, out], options.backend);
    });
}

function unknownDataset(name: string): CremaError {
  const names = [...datasets.keys()], near = nearest(name, [...names, "images", "mean", "cifar10", "pairs"]);
  return new CremaError(`Expected a dataset (${names.join(", ")}) but found '${name}'`, {
    hint: near === undefined ? undefined : `Did you mean '${near}'?`,
  });
}

/** Makes the dataset `name` and prints where it is. Throws a CremaError when that fails. */
export async function runDataset(name: string, options: DatasetOptions = {}): Promise<void> {
  const dataset = datasets.get(name);
  if (dataset === undefined) throw unknownDataset(name);
  const abort = new AbortController();
  const interrupt = () => abort.abort(new CremaError("Expected to make the dataset but was interrupted"));
  Deno.addSignalListener("SIGINT", interrupt);
  Deno.addSignalListener("SIGTERM", interrupt);
  const report = new Report();
  try {
    const folders = await makeDataset(dataset, {
      ...options,
      onProgress: (progress) => report.progress(progress),
      signal: abort.signal,
    });
    report.end();
    for (const folder of folders) printOut(`${name}: ${folder}\n`);
  } finally {
    report.end();
    Deno.removeSignalListener("SIGINT", interrupt);
    Deno.removeSignalListener("SIGTERM", interrupt);
  }
}

/** Shows the progress on standard error: on a terminal one line that changes, elsewhere one line per step. */
class Report {
  readonly #terminal = Deno.stderr.isTerminal();
  #line = "";

  progress(progress: DatasetProgress): void {
    if (progress.step === "fetch") return this.#show(`Fetching the ${progress.origin}`, true);
    const { lmdb, done, total } = progress;
    if (this.#terminal) this.#show(`Writing ${lmdb}: ${done} of ${total} records`, done === total);
    else if (done === total) this.#show(`Wrote ${lmdb}: ${counted(total, "record")}`, true);
  }

  end(): void {
    if (this.#line !== "") printError("\n");
    this.#line = "";
  }

  #show(line: string, last: boolean): void {
    printError(this.#terminal ? `\r${line.padEnd(this.#line.length)}` : line);
    this.#line = line;
    if (last) this.end();
  }
}
