import { fileURLToPath } from "node:url";

/** The script and the style of uPlot, which draws the curves, as a page takes them. */
export async function plotLibrary(): Promise<{ script: string; style: string }> {
  // Who packs Crema into one file sees by this import that the package is needed.
  await import("uplot");
  const read = (file: string) => Deno.readTextFile(fileURLToPath(import.meta.resolve(`uplot/dist/${file}`)));
  return { script: await read("uPlot.iife.min.js"), style: await read("uPlot.min.css") };
}
