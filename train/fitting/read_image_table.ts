import { existsSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { CremaError } from "../../base/error.ts";
import { CsvTable } from "../../data/sources/csv_table.ts";
import { readImageList } from "../../data/sources/image_list.ts";
import type { ImageSet, LabelledImage } from "./image_set.ts";

/** Names that the columns may have. */
const PATHS = ["path", "file", "filename", "image"], LABELS = ["label", "class", "category"];

/** An image and its label as they are written. */
interface Row {
  path: string;
  label: string;
  place: string;
}

/**
 * The images that a text file names: a CSV file (.csv, or .tsv with tabs) with the columns path and label, or Caffe's list
 * (.txt), one `path label` per line. Relative paths are looked up beside the file, then from the current folder. Labels
 * that are whole numbers from 0 are the classes' numbers, others their names, numbered in order. Throws a CremaError that
 * names the line of a file that is missing, and of a label that is none.
 */
export function readImageTable(file: string): ImageSet {
  const rows = /\.[ct]sv$/i.test(file) ? tableRows(file) : /\.txt$/i.test(file) ? listRows(file) : undefined;
  if (rows === undefined) {
    throw new CremaError(
      "Expected a folder of images, a CSV file (.csv), a list (.txt) or an LMDB but found a file",
      {
        file,
      },
    );
  }
  if (rows.length === 0) throw new CremaError("Expected rows of path,label but found none", { file });
  const classes = classesOf(rows);
  const train = rows.map(({ path, label, place }): LabelledImage => {
    const beside = isAbsolute(path) ? path : join(dirname(file), path);
    const found = existsSync(beside) ? beside : existsSync(path) ? path : undefined;
    if (found === undefined) {
      throw new CremaError(`${place}: Expected an image '${path}' but found no such file`, {
        hint: `Relative paths begin at the folder of '${file}', or at the current one.`,
      });
    }
    return { path: found, label: classes.indexOf(label), place };
  });
  return { source: file, classes, train };
}

function tableRows(file: string): Row[] {
  const table = CsvTable.read(file, { delimiter: /\.tsv$/i.test(file) ? "\t" : "," });
  const column = (names: readonly string[]) => {
    const index = table.columns.findIndex((name) => names.includes(name.toLowerCase()));
    if (index >= 0) return index;
    throw new CremaError(
      `Expected a column '${names[0]}' (or ${names.slice(1).join(", ")}) but found ${
        table.columns.join(", ")
      }`,
      { file, line: 1, hint: "The first line names the columns: path,label" },
    );
  };
  const path = column(PATHS), label = column(LABELS);
  return Array.from({ length: table.rows }, (_, row) => {
    const name = table.text(row, label);
    if (name === "") throw table.error(row, "Expected a label but found an empty field");
    return { path: table.text(row, path), label: name, place: table.place(row) };
  });
}

function listRows(file: string): Row[] {
  return readImageList(file).map(({ path, label, line }) => ({
    path,
    label: String(label),
    place: `${file}:${line}`,
  }));
}

/** The classes' names: numbers in their order if all labels are whole numbers from 0, else names in theirs. */
function classesOf(rows: readonly Row[]): string[] {
  const labels = [...new Set(rows.map(({ label }) => label))];
  if (!labels.every((label) => /^\d+$/.test(label))) return labels.sort();
  const count = Math.max(...labels.map(Number)) + 1;
  const unused = Array.from({ length: count }, (_, i) => String(i)).filter((label) =>
    !labels.includes(label)
  );
  const [first] = rows;
  if (unused.length === 0) return Array.from({ length: count }, (_, i) => String(i));
  throw new CremaError(
    `Expected images of each class from 0 to ${count - 1} but found none of ${unused.slice(0, 5).join(", ")}`,
    {
      file: first?.place.replace(/:\d+$/, ""),
      hint: "Number the classes from 0, without gaps, or give them names.",
    },
  );
}
