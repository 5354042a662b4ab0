// Ours: asciichart has no x axis and no second y axis, and its rows are a quarter as fine as braille dots.
import { type Plot, plotScales } from "./plot.ts";

/** Bit of each dot in a braille character, by row and column. */
const DOTS = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]] as const;

/** Size and colours of a plot in characters. */
export interface PlotTextOptions {
  /** Characters across, without the axis labels. Default 60. */
  width?: number | undefined;
  /** Lines, without the x axis. Default 10. */
  height?: number | undefined;
  /** Gives a text a series' colour; by default there are no colours. */
  paint?: ((text: string, color: string) => string) | undefined;
}

/**
 * Draws a small plot in braille characters (two by four dots each), for the terminal. Where lines cross, the later
 * series gives the colour.
 */
export function plotText(plot: Plot, options: PlotTextOptions = {}): string {
  const { width = 60, height = 10, paint = (text) => text } = options;
  const { x, left, right } = plotScales(plot);
  const cells = Array.from(
    { length: height },
    () => Array.from({ length: width }, () => ({ dots: 0, color: "" })),
  );
  for (const series of plot.series) {
    const y = series.axis === "left" ? left : right;
    const points = series.points.map(([px, py]) =>
      [
        Math.round((px - x.min) / (x.max - x.min) * (width * 2 - 1)),
        Math.round((1 - (py - y.min) / (y.max - y.min)) * (height * 4 - 1)),
      ] as const
    );
    for (const [column, row] of dotsOf(points)) {
      const cell = cells[row >> 2]?.[column >> 1];
      if (cell === undefined) continue;
      cell.dots |= DOTS[row & 3]?.[column & 1] ?? 0;
      cell.color = series.color;
    }
  }
  const labels = [left, right].map((scale) =>
    cells.map((_, row) => row === 0 ? String(scale.max) : row === height - 1 ? String(scale.min) : "")
  );
  const pad = Math.max(...(labels[0] ?? []).map((label) => label.length));
  const hasRight = plot.rightLabel !== undefined;
  const rows = cells.map((line, row) => {
    const body = line.map(({ dots, color }) => {
      const character = String.fromCharCode(0x2800 + dots);
      return dots === 0 ? character : paint(character, color);
    }).join("");
    const end = hasRight ? `┤${labels[1]?.[row] ?? ""}` : "";
    return `${(labels[0]?.[row] ?? "").padStart(pad)}┤${body}${end}`;
  });
  const ends = `${x.min}`.padEnd(width - String(x.max).length) + String(x.max);
  const legend = plot.series.map((series) => `${paint("━━", series.color)} ${series.name}`).join("   ");
  return [
    ...rows,
    `${" ".repeat(pad)}└${"─".repeat(width)}${hasRight ? "┘" : ""}`,
    `${" ".repeat(pad + 1)}${ends}`,
  ]
    .concat(`${" ".repeat(pad + 1)}${plot.xLabel}   ${legend}`).join("\n");
}

/** The dots of the lines through the points, straight from one to the next. */
function* dotsOf(points: readonly (readonly [number, number])[]): Generator<[column: number, row: number]> {
  for (const [i, [x, y]] of points.entries()) {
    const [x0, y0] = points[i - 1] ?? [x, y];
    const steps = Math.max(Math.abs(x - x0), Math.abs(y - y0), 1);
    for (let step = 0; step <= steps; step++) {
      yield [Math.round(x0 + (x - x0) * step / steps), Math.round(y0 + (y - y0) * step / steps)];
    }
  }
}
