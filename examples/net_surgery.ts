/**
 * Net surgery (pycaffe's net_surgery.ipynb): the filters of a net are changed by hand, and an InnerProduct layer becomes a
 * convolution, so that the net classifies every place of a larger image in one pass.
 * `deno run -A examples/net_surgery.ts pictures/`
 *
 * @module
 */
import { join } from "node:path";
import { Net } from "crema";
import { sheet } from "./shared/pictures.ts";
import { runExample } from "./shared/run_example.ts";
import { shapeNet, trainedShapes } from "./shared/shape_net.ts";
import { KINDS, shapes, SIDE } from "./shared/shapes.ts";

const LARGE = 48;

/** Draws `image.png` and `maps.png`, the probability of each class at each place. */
export async function netSurgery(folder: string): Promise<Record<string, number>> {
  using solver = await trainedShapes();
  // The weights of the InnerProduct, (4, 16·4·4), are those of a convolution of 4x4: (4, 16, 4, 4).
  const whole = shapeNet({ deploy: true, batch: 1 })
    .replaceAll(`dim: ${SIDE}`, `dim: ${LARGE}`)
    .replace('"score" type: "InnerProduct"', '"score_conv" type: "Convolution"')
    .replace("inner_product_param { num_output: 4", "convolution_param { num_output: 4 kernel_size: 4");
  using net = await Net.fromText(whole);
  for (const [from, to] of [["conv1", "conv1"], ["conv2", "conv2"], ["score", "score_conv"]] as const) {
    for (const [i, blob] of net.params.get(to)!.entries()) {
      blob.data.set(solver.net.params.get(from)![i]!.data);
    }
  }

  // A larger image with a shape of each class in a quarter of its own.
  const { images } = shapes(4, 3), large = new Float32Array(LARGE * LARGE);
  for (let i = 0; i < large.length; i++) {
    const x = i % LARGE,
      y = Math.floor(i / LARGE),
      half = LARGE / 2,
      kind = (x >= half ? 1 : 0) + (y >= half ? 2 : 0);
    const [dx, dy] = [x % half - 4, y % half - 4];
    const isInside = dx >= 0 && dy >= 0 && dx < SIDE && dy < SIDE;
    large[i] = isInside ? images[(kind * SIDE + dy) * SIDE + dx]! : 0.07;
  }
  const { prob } = net.forward({ inputs: { data: large } });
  const [, , height = 0, width = 0] = net.blob("prob").shape;
  const maps = KINDS.map((_, kind) => ({
    values: prob!.subarray(kind * height * width, (kind + 1) * height * width),
    width,
    height,
  }));
  await Deno.writeFile(
    join(folder, "image.png"),
    await sheet([{ values: large, width: LARGE, height: LARGE }]),
  );
  await Deno.writeFile(join(folder, "maps.png"), await sheet(maps, { columns: 4, scale: 12 }));

  // Surgery on values: a filter that is set to nothing passes nothing on but its bias.
  const [weights, bias] = net.params.get("conv1")!;
  weights!.data.fill(0, 0, 25);
  const { conv1 } = net.forward({ blobs: ["conv1"] });
  const silent = conv1!.subarray(0, LARGE * LARGE).every((value) => value === Math.max(0, bias!.data[0]!));
  return { height, width, silent: Number(silent) };
}

await runExample(import.meta.main, netSurgery);
