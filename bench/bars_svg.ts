import type { ModelRow } from "./models.ts";

const COLORS = ["#1f77b4", "#ff7f0e", "#2ca02c"];
const WIDTH = 760, LEFT = 190, BAR = 18, GAP = 14;

/** Draws forward + backward of every model and engine as bars; the longest bar of each model has the whole width. */
export function barsSvg(rows: readonly ModelRow[]): string {
  const models = [...new Set(rows.map(({ model }) => model))];
  const engines = [...new Set(rows.map(({ engine }) => engine))];
  let y = 48;
  const parts = [label(WIDTH / 2, 24, "forward + backward, ms", "middle")];
  for (const model of models) {
    const own = rows.filter((row) => row.model === model);
    const longest = Math.max(...own.map(total));
    parts.push(label(LEFT - 10, y + 13, `${model} (batch ${own[0]?.batch})`, "end"));
    for (const row of own) {
      const length = (WIDTH - LEFT - 110) * total(row) / longest;
      const color = COLORS[engines.indexOf(row.engine)] ?? "#888888";
      parts.push(
        `<rect x="${LEFT}" y="${y}" width="${length.toFixed(1)}" height="${BAR - 2}" fill="${color}"/>`,
      );
      parts.push(label(LEFT + length + 6, y + 13, `${total(row).toFixed(2)} ${row.engine}`, "start"));
      y += BAR;
    }
    y += GAP;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" ` +
    `font-family="system-ui, sans-serif" font-size="12" fill="#333333">\n` +
    `<rect width="${WIDTH}" height="${y}" fill="#ffffff"/>\n${parts.join("\n")}\n</svg>\n`;
}

function total({ forward_ms, backward_ms }: ModelRow): number {
  return forward_ms + backward_ms;
}

function label(x: number, y: number, text: string, anchor: string): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}">${text}</text>`;
}
