import { Buffer } from "node:buffer";
import sharp from "sharp";

/** A grey image: rows of values, of any range. */
export interface Picture {
  values: ArrayLike<number>;
  width: number;
  height: number;
}

/** Pictures side by side in rows, each stretched from black to white, as a PNG: what matplotlib's imshow drew. */
export async function sheet(
  pictures: readonly Picture[],
  { columns = 8, scale = 4 }: { columns?: number; scale?: number } = {},
): Promise<Uint8Array> {
  const cellWidth = Math.max(...pictures.map(({ width }) => width)) + 1;
  const cellHeight = Math.max(...pictures.map(({ height }) => height)) + 1;
  const width = cellWidth * Math.min(columns, pictures.length) + 1;
  const height = cellHeight * Math.ceil(pictures.length / columns) + 1;
  const all = Buffer.alloc(width * height, 90);
  for (const [n, { values, width: w, height: h }] of pictures.entries()) {
    const left = 1 + n % columns * cellWidth, top = 1 + Math.floor(n / columns) * cellHeight;
    const numbers = Array.from(values), low = Math.min(...numbers), range = Math.max(...numbers) - low || 1;
    for (let i = 0; i < w * h; i++) {
      all[(top + Math.floor(i / w)) * width + left + i % w] = (numbers[i]! - low) / range * 255;
    }
  }
  return await sharp(all, { raw: { width, height, channels: 1 } })
    .resize(width * scale, height * scale, { kernel: "nearest" }).png().toBuffer();
}

/** Points of one colour, and whether a line joins them. */
export interface Series {
  name: string;
  points: readonly (readonly [x: number, y: number])[];
  line?: boolean | undefined;
}

const COLORS = ["#1f77b4", "#d62728", "#2ca02c", "#ff7f0e"];

/** Lines and points in a frame, as a PNG: what matplotlib's plot and scatter drew. */
export async function chart(title: string, series: readonly Series[]): Promise<Uint8Array> {
  const width = 480, height = 320, margin = 40;
  const all = series.flatMap(({ points }) => points);
  const range = (axis: 0 | 1) => {
    const values = all.map((point) => point[axis]), low = Math.min(...values);
    return { low, size: Math.max(...values) - low || 1 };
  };
  const [x, y] = [range(0), range(1)];
  const place = ([px, py]: readonly [number, number]) =>
    [
      margin + (px - x.low) / x.size * (width - 2 * margin),
      height - margin - (py - y.low) / y.size * (height - 2 * margin),
    ].map((value) => value.toFixed(1));
  const parts = series.map(({ name, points, line }, i) => {
    const color = COLORS[i % COLORS.length]!;
    const drawn = line
      ? `<polyline points="${
        points.map((each) => place(each).join()).join(" ")
      }" fill="none" stroke="${color}"/>`
      : points.map(place).map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="2.5" fill="${color}"/>`).join(
        "",
      );
    return `${drawn}<text x="${margin + 8 + i * 100}" y="34" fill="${color}">${name}</text>`;
  });
  const number = (value: number) => Number(value.toPrecision(3));
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-size="12" font-family="sans-serif">
<rect width="100%" height="100%" fill="#fff"/><rect x="${margin}" y="${margin}" width="${width - 2 * margin}"
height="${height - 2 * margin}" fill="none" stroke="#888"/><text x="${
      width / 2
    }" y="16" text-anchor="middle">${title}</text>
<text x="${margin}" y="${height - 22}">${number(x.low)}</text><text x="${width - margin}" y="${height - 22}"
text-anchor="end">${number(x.low + x.size)}</text><text x="${margin - 4}" y="${
      height - margin
    }" text-anchor="end">${number(y.low)}</text>
<text x="${margin - 4}" y="${margin + 8}" text-anchor="end">${number(y.low + y.size)}</text>${
      parts.join("\n")
    }</svg>`;
  return await sharp(Buffer.from(svg)).png().toBuffer();
}
