/** How an engine's value is compared with another's. */
export type Comparison = (own: number | undefined, theirs: number | undefined) => string;

/**
 * A table with a column for each engine, then one for each other engine with how the first one compares: how many times
 * as fast it is, or how much of the other's memory it takes.
 */
export class EngineTable<Row extends { engine: string }> {
  /** The table's lines, the title first. */
  readonly lines: string[];
  readonly #rows: readonly Row[];
  readonly #width: number;

  /** `rows` has one row for each engine, at least one. */
  constructor(title: string, rows: readonly Row[]) {
    this.#rows = rows;
    const engines = rows.map(({ engine }) => engine);
    const titles = [...engines, ...engines.slice(1).map((engine) => `vs ${engine}`)];
    this.#width = Math.max(13, ...titles.map(({ length }) => length + 2));
    this.lines = [title, this.#line(["", ...titles])];
  }

  /** Adds a line with a value of each engine. */
  add(name: string, of: (row: Row) => number | undefined, compared: Comparison = speedUp, digits = 3): void {
    const values = this.#rows.map(of);
    const [own, ...theirs] = values;
    const figures = values.map((value) => value?.toFixed(digits) ?? "");
    this.lines.push(this.#line([`  ${name}`, ...figures, ...theirs.map((value) => compared(own, value))]));
  }

  #line([name = "", ...cells]: readonly string[]): string {
    return (name.padEnd(30) + cells.map((text) => text.padStart(this.#width)).join("")).trimEnd();
  }
}

/** How many times as fast as the other's our time is. */
export const speedUp: Comparison = (own, theirs) =>
  own === undefined || theirs === undefined ? "" : `${(theirs / own).toFixed(2)}×`;

/** The same of rates. */
export const rateRatio: Comparison = (own, theirs) => speedUp(theirs, own);

/** Our memory as a part of theirs. */
export const share: Comparison = (own, theirs) =>
  own === undefined || theirs === undefined ? "" : `${(100 * own / theirs).toFixed(0)} %`;
