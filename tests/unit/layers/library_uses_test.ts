// The nets of docs/layers.md train, and every layer that is the library's own is in one of them.
import assert from "node:assert/strict";
import { join } from "node:path";
import sharp from "sharp";
import * as library from "../../../layers/mod.ts";
import { Solver } from "../../../train/solver.ts";
import { temporaryFolder } from "../data/fixture.ts";
import { patternless } from "./library_net.ts";

const manual = Deno.readTextFileSync(new URL("../../../docs/layers.md", import.meta.url));
const nets = [...manual.matchAll(/```prototxt\n([^]*?)```/g)].map(([, text]) => text!);

/** The values of each net's inputs. */
const inputs: Record<string, () => Record<string, ArrayLike<number>>> = {
  embedding() {
    // Three classes around three points; negatives are from the next class.
    const near = (shift: number, seed: number) => {
      const noise = patternless(72, seed);
      return noise.map((value, i) => 0.2 * value + ((Math.floor(i / 6) + shift) % 3 === i % 3 ? 1 : 0));
    };
    const label = Array.from({ length: 12 }, (_, n) => n % 3);
    return { a: near(0, 1), p: near(0, 2), n: near(1, 3), label, same: new Array<number>(12).fill(0) };
  },
  segmentation() {
    const image = patternless(256);
    return { image, mask: image.map((value, i) => (i % 8 < 4 && value > -2 ? 1 : 0)) };
  },
  detection() {
    return {
      image: patternless(128),
      rois: [0, 0, 0, 3, 3, 0, 4, 4, 7, 7, 1, 0, 4, 5, 7, 1, 2, 2, 6, 6],
      label: [0, 1, 0, 1],
      box: [0, 0, 1, 1, 0.5, 0.5, 1, 1, 0, 0.5, 0.5, 1, 0.2, 0.2, 0.8, 0.8],
    };
  },
  sequence: () => ({ x: patternless(48), label: [1, 3, 1] }),
  table: () => ({}),
  images: () => ({}),
};

/** The files that nets with data layers read. */
async function writeFiles(folder: string): Promise<void> {
  const rows = Array.from({ length: 30 }, (_, i) => `${i},${30 - i},${i >= 15 ? "long" : "short"}`);
  Deno.writeTextFileSync(join(folder, "kinds.csv"), ["length,width,kind", ...rows, ""].join("\n"));
  for (const [name, colour] of [["dark", 40], ["light", 210]] as const) {
    Deno.mkdirSync(join(folder, "pictures", name), { recursive: true });
    for (let i = 0; i < 4; i++) {
      const pixels = new Uint8Array(12 * 12 * 3).fill(colour + 5 * i);
      const image = sharp(pixels, { raw: { width: 12, height: 12, channels: 3 } });
      await image.jpeg().toFile(join(folder, "pictures", name, `${i}.jpg`));
    }
  }
}

for (const text of nets) {
  const name = /^name: "(\w+)"/.exec(text)![1]!;
  Deno.test(`the library's net '${name}' learns`, async () => {
    using folder = temporaryFolder();
    await writeFiles(folder.path);
    const net = join(folder.path, "net.prototxt"), file = join(folder.path, "solver.prototxt");
    Deno.writeTextFileSync(net, text);
    Deno.writeTextFileSync(
      file,
      `net: "${net}" type: "Adam" base_lr: 0.02 lr_policy: "fixed" max_iter: 150 random_seed: 3`,
    );
    using solver = await Solver.fromFile(file, { layers: ["crema/layers"] });
    for (const [blob, values] of Object.entries(inputs[name]!())) solver.net.blob(blob).data.set(values);
    const losses = Array.from({ length: 150 }, () => solver.step());
    const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
    const first = losses[0]!, last = mean(losses.slice(-20));
    assert.ok(last < 0.6 * first, `from ${first} to ${last}`);
  });
}

/** Types of Caffe and its forks: the conformance suite and their own tests use them. */
const foreign = manual.slice(
  manual.indexOf("## Caffe's own types"),
  manual.indexOf("## Data and augmentation"),
);

Deno.test("every layer of the library is in the manual, and in one of its nets unless it is Caffe's or a fork's", () => {
  const types = Object.values(library).flatMap((value) => {
    const type = typeof value === "function" && "type" in value ? value.type : undefined;
    return typeof type === "string" ? [type] : [];
  });
  assert.ok(types.length >= 27, `${types}`);
  const used = nets.join("\n");
  assert.deepEqual(
    types.filter((type) => !used.includes(`type: "${type}"`) && !foreign.includes(`| \`${type}\``)),
    [],
  );
  assert.deepEqual(types.filter((type) => !manual.includes(`| \`${type}\``)), []);
});
