// Ours: Observable Plot has no second y axis, and needs 57 packages with linkedom (13 MB, 160 ms to import).
import type { Scale } from "./nice_scale.ts";
import { type Plot, plotScales, type PlotSeries } from "./plot.ts";
import { round, svgText as text, textWidth } from "./svg_text.ts";

const WIDTH = 800, HEIGHT = 440;
/** Height of a row of the legend. */
const ROW = 18;
const MARGIN = { top: 56, right: 72, bottom: 56, left: 72 };
/** Room for the label of an axis beside its numbers. */
const LABEL = 40;

/**
 * Draws a plot as an SVG document: axes with ticks and labels, a light grid, a legend.
 *
 * ```ts
 * import { plotSvg } from "./plot_svg.ts";
 *
 * const points = [[0, 2.3], [100, 0.4]] as const;
 * const svg = plotSvg({
 *   title: "LeNet", xLabel: "iteration", leftLabel: "loss",
 *   series: [{ name: "train loss", points, axis: "left", color: "#1f77b4" }],
 * });
 * ```
 */
export function plotSvg(plot: Plot): string {
  const { x, left, right } = plotScales(plot);
  const margin = {
    left: Math.max(MARGIN.left, numbersWidth(left) + LABEL),
    right: plot.rightLabel === undefined ? MARGIN.right : Math.max(MARGIN.right, numbersWidth(right) + LABEL),
  };
  const px = place(x, margin.left, WIDTH - margin.right);
  const py = { left: place(left, HEIGHT - MARGIN.bottom, MARGIN.top), right: rightPlace(right) };
  const parts = [
    ...left.ticks.map((tick) =>
      line(margin.left, py.left(tick), WIDTH - margin.right, py.left(tick), "#e4e4e4") +
      text(margin.left - 8, py.left(tick) + 4, String(tick), 'text-anchor="end"')
    ),
    ...x.ticks.map((tick) =>
      line(px(tick), MARGIN.top, px(tick), HEIGHT - MARGIN.bottom, "#f0f0f0") +
      text(px(tick), HEIGHT - MARGIN.bottom + 20, (plot.xTick ?? String)(tick), 'text-anchor="middle"')
    ),
    `<rect x="${margin.left}" y="${MARGIN.top}" width="${WIDTH - margin.left - margin.right}" height="${
      HEIGHT - MARGIN.top - MARGIN.bottom
    }" fill="none" stroke="#888888"/>`,
    text(WIDTH / 2, HEIGHT - 14, plot.xLabel, 'text-anchor="middle"'),
    sideText(20, plot.leftLabel, -90),
  ];
  if (plot.rightLabel !== undefined) {
    parts.push(
      ...right.ticks.map((tick) => text(WIDTH - margin.right + 8, py.right(tick) + 4, String(tick), "")),
      sideText(WIDTH - 16, plot.rightLabel, 90),
    );
  }
  for (const series of plot.series) {
    const points = series.points.map(([sx, sy]) => `${round(px(sx))},${round(py[series.axis](sy))}`).join(
      " ",
    );
    parts.push(
      `<polyline points="${points}" fill="none" stroke="${series.color}" stroke-width="1.8" stroke-linejoin="round"${
        dashes(series)
      }/>`,
    );
    const [only] = series.points;
    if (series.points.length === 1 && only !== undefined) {
      const [x, y] = only; // a line of one point would not be seen
      parts.push(
        `<circle cx="${round(px(x))}" cy="${round(py[series.axis](y))}" r="3" fill="${series.color}"/>`,
      );
    }
  }
  // The plot makes room for a legend of several rows.
  const rows = legendRows(plot).length, more = ROW * Math.max(rows - 1, 0), height = HEIGHT + more;
  const whole = [
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    text(WIDTH / 2, 24, plot.title, 'text-anchor="middle" font-size="16" font-weight="600"'),
    ...legend(plot),
    ...more === 0 ? parts : [`<g transform="translate(0 ${more})">`, ...parts, "</g>"],
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" ` +
    `font-family="system-ui, sans-serif" font-size="12" fill="#333333">\n${whole.join("\n")}\n</svg>\n`;
}

/** The width of the numbers at an axis. */
function numbersWidth({ ticks }: Scale): number {
  return Math.max(...ticks.map((tick) => textWidth(String(tick), 12)));
}

function rightPlace(scale: Scale): (value: number) => number {
  return place(scale, HEIGHT - MARGIN.bottom, MARGIN.top);
}

/** Maps a scale's values to pixels from `start` to `end`. */
function place(scale: Scale, start: number, end: number): (value: number) => number {
  return (value) => start + (value - scale.min) / (scale.max - scale.min) * (end - start);
}

/** The series' names in rows between title and plot, each with a sample of its line. */
function legend(plot: Plot): string[] {
  return legendRows(plot).flatMap((row, i) => {
    const y = 42 + i * ROW;
    let at = (WIDTH - row.reduce((sum, series) => sum + legendWidth(series), 0)) / 2;
    return row.map((series) => {
      const sample =
        `<line x1="${round(at)}" y1="${y}" x2="${
          round(at + 22)
        }" y2="${y}" stroke="${series.color}" stroke-width="3"${dashes(series)}/>` +
        text(at + 28, y + 4, series.name, "");
      at += legendWidth(series);
      return sample;
    });
  });
}

/** As many series in each row as fit. */
function legendRows({ series }: Plot): PlotSeries[][] {
  const rows: PlotSeries[][] = [];
  let left = 0;
  for (const each of series) {
    const width = legendWidth(each);
    if (rows.length === 0 || width > left) {
      rows.push([]);
      left = WIDTH - 24;
    }
    rows.at(-1)!.push(each);
    left -= width;
  }
  return rows;
}

function legendWidth(series: PlotSeries): number {
  return 44 + series.name.length * 7;
}

function dashes({ dashed }: PlotSeries): string {
  return dashed ? ' stroke-dasharray="6 4"' : "";
}

function line(x1: number, y1: number, x2: number, y2: number, color: string): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${color}"/>`;
}

function sideText(x: number, content: string, angle: number): string {
  const y = (HEIGHT + MARGIN.top - MARGIN.bottom) / 2;
  return text(x, y, content, `text-anchor="middle" transform="rotate(${angle} ${x} ${y})"`);
}
