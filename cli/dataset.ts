import { Command } from "commander";
import { CremaError } from "../base/error.ts";
import { type DatasetProgress, datasets, makeDataset } from "../data/mod.ts";
import { printError, printOut } from "./output/print.ts";

interface DatasetOptions {
  out?: string | undefined;
  from?: string | undefined;
  force?: boolean | undefined;
}

/** `crema dataset`: fetches a dataset and writes it as LMDBs. */
export function datasetCommand(): Command {
  const list = Array.from(
    datasets.values(),
    ({ name, description, origin }) => `  ${name}: ${description} (${origin})`,
  );
  return new Command("dataset")
    .description("fetch a dataset and write it as LMDBs, which Caffe reads too")
    .argument("<name>", `one of ${Array.from(datasets.keys()).join(", ")}`)
    .option("--out <folder>", "where the LMDBs go (default: data-cache/<name>)")
    .option("--from <folder>", "take the IDX files from this folder instead of fetching them")
    .option("--force", "make them again even if they exist")
    .addHelpText("after", `\nDatasets:\n${list.join("\n")}`)
    .action(runDataset);
}

/** Makes the dataset `name` and prints where it is. Throws a CremaError when that fails. */
export async function runDataset(name: string, options: DatasetOptions = {}): Promise<void> {
  const dataset = datasets.get(name);
  if (dataset === undefined) {
    throw new CremaError(
      `Expected a dataset (${Array.from(datasets.keys()).join(", ")}) but found '${name}'`,
    );
  }
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
    else if (done === total) this.#show(`Wrote ${lmdb}: ${total} records`, true);
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
