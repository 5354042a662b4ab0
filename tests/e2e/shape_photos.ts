import { mkdirSync } from "node:fs";
import { loadSharp } from "../../data/images/load_sharp.ts";

/** The classes of {@link writeShapePhotos}. */
export const SHAPES = ["circle", "square", "triangle"] as const;

/** Numbers from 0 to 1 that are the same in each run. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * Writes made-up photos, `<folder>/<shape>/<number>.jpg` (every fifth a PNG): one shape of random colour, size, place and
 * turn on a background of random colours, in images of unlike sizes.
 */
export async function writeShapePhotos(folder: string, perClass: number, seed = 1): Promise<void> {
  const sharp = await loadSharp(), random = dice(seed);
  const between = (low: number, high: number) => low + random() * (high - low);
  const colour = (low: number, high: number) =>
    `rgb(${[0, 1, 2].map(() => Math.round(between(low, high))).join(",")})`;
  for (const shape of SHAPES) {
    mkdirSync(`${folder}/${shape}`, { recursive: true });
    for (let i = 0; i < perClass; i++) {
      const width = Math.round(between(90, 170)), height = Math.round(between(90, 170));
      const radius = between(0.22, 0.36) * Math.min(width, height), turn = between(0, 360);
      const x = between(radius, width - radius), y = between(radius, height - radius);
      const blots = Array.from(
        { length: 4 },
        () =>
          `<ellipse cx="${between(0, width)}" cy="${between(0, height)}" rx="${between(5, 40)}" ry="${
            between(5, 40)
          }"
          fill="${colour(20, 120)}" opacity="0.5"/>`,
      ).join("");
      const points = (corners: number) =>
        Array.from({ length: corners }, (_, k) => {
          const angle = 2 * Math.PI * k / corners;
          return `${x + radius * Math.cos(angle)},${y + radius * Math.sin(angle)}`;
        }).join(" ");
      const fill = colour(170, 255);
      const drawn = shape === "circle"
        ? `<circle cx="${x}" cy="${y}" r="${radius}" fill="${fill}"/>`
        : `<polygon points="${
          points(shape === "square" ? 4 : 3)
        }" transform="rotate(${turn} ${x} ${y})" fill="${fill}"/>`;
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
        <rect width="100%" height="100%" fill="${colour(10, 100)}"/>${blots}${drawn}</svg>`;
      const image = sharp(new TextEncoder().encode(svg)).removeAlpha();
      const name = `${folder}/${shape}/${String(i).padStart(3, "0")}`;
      if (i % 5 === 4) await image.png().toFile(`${name}.png`);
      else await image.jpeg({ quality: 90 }).toFile(`${name}.jpg`);
    }
  }
}
