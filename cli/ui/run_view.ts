import { join } from "node:path";
import { parse } from "csv-parse/sync";

/** A run's folder, as the page shows it. */
export interface RunView {
  /** Its settings, and the end of its log: texts by the names of their files. */
  texts: Record<string, string>;
  /** Names of its pictures. */
  pictures: string[];
  /** Its tables: rows of fields, by the names of their files; the first row has the titles. */
  tables: Record<string, string[][]>;
}

/** The names of a run's pictures. */
export const PICTURES = /^(?:curves|lr|first_batch|(?:confusion|worst)(?:_\d+)?)\.svg$/;
const TABLES = /^classes(?:_\d+)?\.csv$/;
const TEXTS = /^(?:(?:args|environment)\.json|(?:solver|(?:train_|test_)?net(?:_\d+)?)\.prototxt|log\.txt)$/;
/** Bytes of a text that are shown; of the log the last ones. */
const MOST = 200_000;

/** Reads what the page shows of a run. What can't be read is shown as the reason. */
export function viewRun(folder: string): RunView {
  const names = [...Deno.readDirSync(folder)].filter(({ isFile }) => isFile).map(({ name }) => name).sort();
  const read = (name: string) => {
    try {
      return endOf(join(folder, name), name === "log.txt");
    } catch (error) {
      return (error as Error).message;
    }
  };
  const tableOf = (name: string) => parse(read(name), { relax_column_count: true, relax_quotes: true });
  return {
    texts: Object.fromEntries(names.filter((name) => TEXTS.test(name)).map((name) => [name, read(name)])),
    pictures: names.filter((name) => PICTURES.test(name)),
    tables: Object.fromEntries(
      names.filter((name) => TABLES.test(name)).map((name) => [name, tableOf(name)]),
    ),
  };
}

/** The text of a file: its end, or its beginning, if it is long. */
function endOf(path: string, fromEnd: boolean): string {
  using file = Deno.openSync(path);
  const { size } = file.statSync(), start = fromEnd ? Math.max(0, size - MOST) : 0;
  file.seekSync(start, Deno.SeekMode.Start);
  const bytes = new Uint8Array(Math.min(MOST, size - start));
  let length = 0;
  while (length < bytes.length) {
    const read = file.readSync(bytes.subarray(length));
    if (read === null) break;
    length += read;
  }
  const text = new TextDecoder().decode(bytes.subarray(0, length));
  return start > 0 ? text.slice(text.indexOf("\n") + 1) : size > MOST ? `${text}\n…` : text;
}
