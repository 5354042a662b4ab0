import { encodePng, type PixelImage } from "./encode_png.ts";
import { shorten, svgText, textWidth } from "./svg_text.ts";

/** An image of a sheet, with the lines below it. */
export interface SheetImage {
  image: PixelImage;
  captions: readonly string[];
}

const COLUMNS = 8, SIDE = 96, GAP = 12, LINE = 15, TOP = 44;

/**
 * Draws images in rows of eight as an SVG document, with captions below each. Small images are enlarged without
 * smoothing, large ones are made smaller.
 */
export function imageSheet(title: string, images: readonly SheetImage[]): string {
  const sizes = images.map(({ image }) => fit(image));
  const lines = Math.max(0, ...images.map(({ captions }) => captions.length));
  const cell = {
    width: Math.max(SIDE, ...sizes.map(({ width }) => width)) + GAP,
    height: Math.max(0, ...sizes.map(({ height }) => height)) + lines * LINE + GAP,
  };
  const columns = Math.min(COLUMNS, Math.max(images.length, 1));
  const width = Math.max(columns * cell.width, textWidth(title, 16)) + GAP;
  const height = TOP + Math.ceil(images.length / columns) * cell.height + GAP;
  const left = (width - columns * cell.width) / 2;
  const parts = [
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    svgText(width / 2, 26, title, 'text-anchor="middle" font-size="16" font-weight="600"'),
  ];
  for (const [i, { image, captions }] of images.entries()) {
    const size = sizes[i]!;
    const centre = left + (i % columns + 0.5) * cell.width, y = TOP + Math.floor(i / columns) * cell.height;
    const href = `data:image/png;base64,${encodePng(size.image).toBase64()}`;
    const rendering = size.width > image.width ? ' style="image-rendering: pixelated"' : "";
    parts.push(
      `<image x="${centre - size.width / 2}" y="${y}" width="${size.width}" height="${size.height}"` +
        `${rendering} href="${href}"/>`,
    );
    for (const [line, caption] of captions.entries()) {
      const at = y + size.height + (line + 1) * LINE - 2;
      parts.push(svgText(centre, at, shorten(caption, 18), 'text-anchor="middle"'));
    }
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" ` +
    `height="${height}" font-family="system-ui, sans-serif" font-size="12" fill="#333333">\n` +
    `${parts.join("\n")}\n</svg>\n`;
}

/** An image with at most about SIDE pixels a side, and the size to draw it in: whole multiples of its own. */
function fit(image: PixelImage): { image: PixelImage; width: number; height: number } {
  const longer = Math.max(image.width, image.height);
  const drawn = longer > 2 * SIDE ? shrink(image, Math.floor(longer / SIDE)) : image;
  const now = Math.max(drawn.width, drawn.height);
  const factor = now >= SIDE ? SIDE / now : Math.max(1, Math.round(SIDE / now));
  return { image: drawn, width: Math.round(drawn.width * factor), height: Math.round(drawn.height * factor) };
}

/** An image of which each pixel is the mean of `factor` by `factor` pixels. */
function shrink({ pixels, width, height, channels }: PixelImage, factor: number): PixelImage {
  const size = {
    width: Math.max(1, Math.floor(width / factor)),
    height: Math.max(1, Math.floor(height / factor)),
  };
  const small = new Uint8Array(size.width * size.height * channels);
  for (let y = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++) {
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0, count = 0;
        for (let dy = 0; dy < factor && y * factor + dy < height; dy++) {
          for (let dx = 0; dx < factor && x * factor + dx < width; dx++) {
            sum += pixels[((y * factor + dy) * width + x * factor + dx) * channels + channel]!;
            count++;
          }
        }
        small[(y * size.width + x) * channels + channel] = Math.round(sum / count);
      }
    }
  }
  return { ...size, pixels: small, channels };
}
