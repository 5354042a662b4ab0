import { Buffer } from "node:buffer";
import type { ImageObjects } from "../../net/mod.ts";

const COLORS = ["#e6194b", "#3cb44b", "#4363d8", "#f58231", "#911eb4", "#008080", "#9a6324", "#808000"];

/**
 * Boxes with the names and scores of their objects as an SVG of the image's size. `picture` is an image below them, as
 * a data URL.
 */
export function boxesSvg(
  { width, height, objects }: ImageObjects,
  nameOf: (label: number) => string,
  picture?: string,
): string {
  const size = Math.max(9, Math.round(Math.min(width, height) / 24)), stroke = Math.max(1, size / 7);
  // The best are drawn last, above the others.
  const boxes = objects.toReversed().map(({ label, score, box: [left, top, right, bottom] }) => {
    const color = COLORS[Math.abs(label) % COLORS.length]!;
    const text = `${nameOf(label)} ${score.toFixed(2)}`, above = top >= size * 1.3 ? top - size * 1.3 : top;
    return `<rect x="${n(left)}" y="${n(top)}" width="${n(right - left)}" height="${n(bottom - top)}" ` +
      `fill="none" stroke="${color}" stroke-width="${n(stroke)}"/>` +
      `<rect x="${n(left)}" y="${n(above)}" width="${n(text.length * size * 0.6 + 4)}" height="${
        n(size * 1.3)
      }" ` +
      `fill="${color}"/><text x="${n(left + 2)}" y="${n(above + size)}" fill="#ffffff">${
        escaped(text)
      }</text>`;
  });
  const below = picture === undefined
    ? ""
    : `<image href="${picture}" width="${width}" height="${height}"/>\n`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
    `font-family="monospace" font-size="${size}">\n${below}${boxes.join("\n")}\n</svg>\n`;
}

/** Draws the boxes on an image file, as SVG with the image in it, or as PNG or JPEG. */
export async function drawBoxes(
  image: Uint8Array<ArrayBuffer>,
  found: ImageObjects,
  nameOf: (label: number) => string,
  format: "svg" | "png" | "jpg",
): Promise<Uint8Array> {
  const sharp = (await import("sharp")).default;
  if (format === "svg") {
    const { format: kind = "png" } = await sharp(image).metadata();
    return new TextEncoder().encode(boxesSvg(found, nameOf, `data:image/${kind};base64,${image.toBase64()}`));
  }
  const boxes = Buffer.from(boxesSvg(found, nameOf));
  const drawn = sharp(image).composite([{ input: boxes, left: 0, top: 0 }]);
  return await (format === "png" ? drawn.png() : drawn.jpeg({ quality: 92 })).toBuffer();
}

function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
