import { shorten, svgText, textWidth } from "./svg_text.ts";

/** A confusion matrix to draw. */
export interface ConfusionPlot {
  title: string;
  /** Names of the classes, rows and columns. */
  names: readonly string[];
  /** How many of the class `label` were taken for the class `guess`. */
  count(label: number, guess: number): number;
}

const MOST = 40;

/**
 * Draws a confusion matrix as an SVG document: a row for each class, a column for each guess, darker where a greater share
 * of the row is; hits are blue, mistakes red. Of more than 40 classes those with the most mistakes are drawn.
 */
export function confusionSvg({ title, names, count }: ConfusionPlot): string {
  const shown = mostMistaken(names.length, count);
  const cell = shown.length <= 12 ? 44 : shown.length <= 24 ? 32 : 22;
  const showsCounts = shown.length <= 24;
  const labels = shown.map((index) => shorten(names[index] ?? String(index), 20));
  const labelWidth = Math.max(0, ...labels.map((label) => textWidth(label, 12))) + 8;
  const left = labelWidth + 30, top = 66 + labelWidth, side = cell * shown.length;
  const heading = shown.length < names.length
    ? `${title}: the ${shown.length} classes with the most mistakes`
    : title;
  const width = Math.max(left + side + 24, textWidth(heading, 16) + 24), height = top + side + 24;
  const sums = shown.map((label) => {
    let sum = 0;
    for (let guess = 0; guess < names.length; guess++) sum += count(label, guess);
    return sum;
  });
  const parts = [
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    svgText(width / 2, 26, heading, 'text-anchor="middle" font-size="16" font-weight="600"'),
    svgText(left + side / 2, 50, "guess", 'text-anchor="middle"'),
    svgText(16, top + side / 2, "label", `text-anchor="middle" transform="rotate(-90 16 ${top + side / 2})"`),
  ];
  for (const [i, label] of labels.entries()) {
    const middle = (i + 0.5) * cell, x = left + middle + 4;
    parts.push(svgText(left - 6, top + middle + 4, label, 'text-anchor="end"'));
    // Short names fit above their columns as they are.
    if (textWidth(label, 12) < cell) parts.push(svgText(x - 4, top - 8, label, 'text-anchor="middle"'));
    else parts.push(svgText(x, top - 8, label, `transform="rotate(-90 ${x} ${top - 8})"`));
  }
  for (const [row, label] of shown.entries()) {
    for (const [column, guess] of shown.entries()) {
      const found = count(label, guess);
      if (found === 0) continue;
      const share = found / sums[row]!, x = left + column * cell, y = top + row * cell;
      parts.push(
        `<rect x="${x}" y="${y}" width="${cell}" height="${cell}" fill="${shade(share, row === column)}"/>`,
      );
      if (!showsCounts) continue;
      const size = Math.min(12, Math.floor(cell * 1.5 / String(found).length));
      const color = share > 0.5 ? "#ffffff" : "#333333";
      const attributes = `text-anchor="middle" font-size="${size}" fill="${color}"`;
      parts.push(svgText(x + cell / 2, y + cell / 2 + size / 3, String(found), attributes));
    }
  }
  parts.push(
    `<rect x="${left}" y="${top}" width="${side}" height="${side}" fill="none" stroke="#888888"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" ` +
    `height="${height}" font-family="system-ui, sans-serif" font-size="12" fill="#333333">\n` +
    `${parts.join("\n")}\n</svg>\n`;
}

/** The classes to draw, in their order. */
function mostMistaken(classes: number, count: ConfusionPlot["count"]): number[] {
  const all = Array.from({ length: classes }, (_, index) => index);
  if (classes <= MOST) return all;
  const mistakes = new Float64Array(classes);
  for (const label of all) {
    for (const guess of all) {
      if (label === guess) continue;
      mistakes[label]! += count(label, guess);
      mistakes[guess]! += count(label, guess);
    }
  }
  return all.toSorted((a, b) => mistakes[b]! - mistakes[a]!).slice(0, MOST).sort((a, b) => a - b);
}

/** White for a share of 0, up to blue for hits or red for mistakes. Small shares of mistakes show. */
function shade(share: number, hit: boolean): string {
  const strength = hit ? share : Math.min(1, 0.12 + share * 0.88);
  const [r, g, b] = hit ? [31, 95, 170] : [200, 45, 40];
  const mix = (color: number) => Math.round(255 + (color - 255) * strength).toString(16).padStart(2, "0");
  return `#${mix(r)}${mix(g)}${mix(b)}`;
}
