import { CremaError } from "../../base/mod.ts";

/**
 * Draws Graphviz' text as an image. Graphviz itself is not needed: it comes with Crema, in WebAssembly. Throws a
 * CremaError when the text is no graph.
 */
export async function renderGraph(text: string, format: "svg" | "png"): Promise<Uint8Array> {
  const { instance } = await import("@viz-js/viz");
  const graphviz = await instance();
  const { status, output, errors } = graphviz.render(text, {
    format: "svg",
    // Room for fonts that are wider than the one that Graphviz measures with.
    nodeAttributes: { margin: "0.3,0.06" },
  });
  if (status !== "success") {
    throw new CremaError(`Expected a graph but found: ${errors.map(({ message }) => message).join("; ")}`);
  }
  const svg = new TextEncoder().encode(output);
  if (format === "svg") return svg;
  const sharp = (await import("sharp")).default;
  return await sharp(svg, { limitInputPixels: false }).flatten({ background: "#ffffff" }).png().toBuffer();
}
