import { mkdirSync } from "node:fs";
import { loadSharp } from "../../data/images/load_sharp.ts";

/** The classes of {@link writeMadeUpPhotos}, in the order of their numbers. */
export const PATTERNS = ["dots", "plain", "stripes"] as const;

/** Numbers from 0 to 1 that are the same in each run. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * Writes made-up photos, `<folder>/<pattern>/<number>.jpg` (every fifth a PNG): a round thing of random colours, size and
 * place, with dots, stripes or nothing on it, before blurred blots, in images of unlike sizes.
 */
export async function writeMadeUpPhotos(folder: string, perClass: number, seed = 1): Promise<void> {
  const sharp = await loadSharp(), random = dice(seed);
  const between = (low: number, high: number) => low + random() * (high - low);
  const colour = (low: number, high: number) =>
    `rgb(${[0, 1, 2].map(() => Math.round(between(low, high))).join(",")})`;
  for (const pattern of PATTERNS) {
    mkdirSync(`${folder}/${pattern}`, { recursive: true });
    for (let i = 0; i < perClass; i++) {
      const width = Math.round(between(90, 170)), height = Math.round(between(90, 170));
      const radius = between(0.3, 0.45) * Math.min(width, height);
      const x = between(radius, width - radius), y = between(radius, height - radius);
      const blots = Array.from(
        { length: 4 },
        () =>
          `<ellipse cx="${between(0, width)}" cy="${between(0, height)}" rx="${between(10, 50)}" ry="${
            between(10, 50)
          }" fill="${colour(20, 120)}" opacity="0.5"/>`,
      ).join("");
      const step = between(0.25, 0.35) * radius, ink = colour(0, 80);
      const marks = pattern === "plain"
        ? ""
        : pattern === "dots"
        ? `<circle cx="${step / 2}" cy="${step / 2}" r="${0.28 * step}" fill="${ink}"/>`
        : `<rect width="${step}" height="${step / 2}" fill="${ink}"/>`;
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><defs>
        <pattern id="p" width="${step}" height="${step}" patternUnits="userSpaceOnUse">${marks}</pattern></defs>
        <rect width="100%" height="100%" fill="${colour(10, 100)}"/>${blots}
        <circle cx="${x}" cy="${y}" r="${radius}" fill="${colour(150, 255)}"/>
        <circle cx="${x}" cy="${y}" r="${radius}" fill="url(#p)"/></svg>`;
      const image = sharp(new TextEncoder().encode(svg)).removeAlpha();
      const name = `${folder}/${pattern}/${String(i).padStart(3, "0")}`;
      if (i % 5 === 4) await image.png().toFile(`${name}.png`);
      else await image.jpeg({ quality: 90 }).toFile(`${name}.jpg`);
    }
  }
}
