/**
 * Draws what the trained network finds:
 *
 * `deno run -A models/ssd_small/draw.ts snapshots/ssd_small_iter_800.caffemodel snapshots/ssd_small.png`
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { dirname, join } from "node:path";
import { Command } from "commander";
import { Net } from "crema";
import sharp from "sharp";
import { runScript } from "../shared/run_script.ts";
import { SCENE_CLASSES, type Shape } from "../shared/scene.ts";
import { sceneOf } from "./shape_boxes.ts";

const side = 64, scale = 4, gap = 8, columns = 4, rows = 2;
const imageSize = side * scale, pitch = imageSize + gap;
// Of images that training does not see: the seed of the solver, in the phase TEST.
const stream = 2 * 1701 + 1;

/** A box that the network found, with corners in parts of the image. */
interface Detection {
  label: number;
  score: number;
  x1: number;
  y1: number;
  x2: number;
  y2: number;
}

/** How a class is drawn: orange, blue and green that the colour-blind can tell apart. */
const colors = ["#999999", "#e69f00", "#56b4e9", "#009e73"];

/**
 * A sheet of eight synthetic images, as a PNG: objects are dashed white boxes; what the network finds, with a
 * score of at least `least`, is a box in the colour of its class, with class and score. `net` is that of
 * `deploy.prototxt`.
 */
export async function drawDetections(net: Net, least = 0.5): Promise<Uint8Array> {
  const images: { input: Buffer; left: number; top: number }[] = [], overlays: string[] = [];
  for (let i = 0; i < columns * rows; i++) {
    const left = gap + pitch * (i % columns), top = gap + pitch * Math.floor(i / columns);
    const scene = sceneOf(stream, i, side), data = new Float32Array(3 * side * side);
    scene.draw(data);
    const raw = { width: side, height: side, channels: 3 } as const;
    const input = await sharp(toRgb(data), { raw }).resize(imageSize, imageSize, { kernel: "nearest" })
      .png().toBuffer();
    images.push({ input, left, top });
    const found = detect(net, data).filter(({ score }) => score >= least);
    const marks = [...scene.shapes.map(shapeMark), ...found.map(detectionMark)];
    overlays.push(`<g transform="translate(${left} ${top})">${marks.join("")}</g>`);
  }
  const width = gap + columns * pitch, height = gap + rows * pitch;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" fill="none">${
    overlays.join("")
  }</svg>`;
  return await sharp({ create: { width, height, channels: 3, background: "white" } })
    .composite([...images, { input: Buffer.from(svg), left: 0, top: 0 }])
    .png({ compressionLevel: 9 }).toBuffer();
}

/** The network's detections in one image: three planes, blue, green and red, from −1 to 1. */
function detect(net: Net, data: Float32Array): Detection[] {
  const { detection_out: values = [] } = net.forward({ inputs: { data } });
  const found: Detection[] = [];
  for (let at = 0; at + 7 <= values.length; at += 7) {
    const [, label = -1, score = 0, x1 = 0, y1 = 0, x2 = 0, y2 = 0] = values.slice(at, at + 7);
    if (label > 0) found.push({ label, score, x1, y1, x2, y2 });
  }
  return found;
}

/** Red, green and blue of each pixel, from 0 to 255. */
function toRgb(data: Float32Array): Uint8ClampedArray {
  const pixels = data.length / 3;
  return Uint8ClampedArray.from(
    { length: data.length },
    (_, i) => (data[(2 - i % 3) * pixels + Math.floor(i / 3)]! + 1) * 127.5,
  );
}

function shapeMark({ x, y, size }: Shape): string {
  const place = `x="${x * scale}" y="${y * scale}" width="${size * scale}" height="${size * scale}"`;
  return `<rect ${place} stroke="white" stroke-width="2" stroke-dasharray="6 4"/>`;
}

function detectionMark({ label, score, x1, y1, x2, y2 }: Detection): string {
  const color = colors[label] ?? "#999999", text = `${SCENE_CLASSES[label]} ${score.toFixed(2)}`;
  const inside = (value: number) => Math.min(Math.max(value, 0), 1) * imageSize;
  const [left, top, right, bottom] = [inside(x1), inside(y1), inside(x2), inside(y2)];
  const width = 7.6 * text.length + 6, height = 16;
  // Above the box, or within it at the image's upper edge; not beyond the right edge.
  const x = Math.min(left, imageSize - width), y = top < height ? top : top - height;
  return `<rect x="${left}" y="${top}" width="${right - left}" height="${bottom - top}" stroke="${color}" ` +
    `stroke-width="3"/><rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${color}"/>` +
    `<text x="${x + 3}" y="${y + 12}" font-family="DejaVu Sans Mono, monospace" font-size="12" ` +
    `fill="black">${text}</text>`;
}

const command = new Command("draw.ts")
  .description("Draw what the network that models/ssd_small/solver.prototxt trained finds in eight images.")
  .argument("[weights]", "the caffemodel", "snapshots/ssd_small_iter_800.caffemodel")
  .argument("[picture]", "the PNG to write", "snapshots/ssd_small.png")
  .action(async (weights: string, picture: string) => {
    using net = await Net.fromFile(join(import.meta.dirname!, "deploy.prototxt"), { phase: "TEST", weights });
    await Deno.mkdir(dirname(picture), { recursive: true });
    await Deno.writeFile(picture, await drawDetections(net));
  });

if (import.meta.main) await runScript(command);
