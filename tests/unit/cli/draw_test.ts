import assert from "node:assert/strict";
import sharp from "sharp";
import { drawCommand } from "../../../cli/draw.ts";

const NET = `
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 1 dim: 8 dim: 8 } } }
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv" convolution_param { num_output: 3 kernel_size: 3 } }
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
layer { name: "drop" type: "Dropout" bottom: "conv" top: "conv" include { phase: TRAIN stage: "late" } }
layer { name: "prob" type: "Softmax" bottom: "conv" top: "prob" exclude { phase: TRAIN } }
`;

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "crema-draw-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a net is drawn as text, SVG and PNG with shapes, parameters and phases", () =>
  inFolder(async (folder) => {
    const net = `${folder}/net.prototxt`;
    await Deno.writeTextFile(net, NET);
    const draw = async (out: string, ...more: string[]) => {
      await drawCommand().parseAsync([net, `${folder}/${out}`, ...more], { from: "user" });
      return await Deno.readFile(`${folder}/${out}`);
    };
    const text = new TextDecoder().decode(await draw("all.dot", "--rankdir", "TB"));
    assert.match(text, /rankdir=TB;/);
    assert.match(text, /label="conv\\n\(2, 3, 6, 6\)", shape=octagon/);
    assert.match(text, /label="conv\\n\(Convolution\)\\n.*\\n30 parameters"/);
    assert.match(text, /label="drop\\n\(Dropout\)\\nonly TRAIN, stage late"/);
    assert.match(text, /label="prob\\n\(Softmax\)\\nnot TRAIN"/);
    const train = new TextDecoder().decode(await draw("train.dot", "--phase", "TRAIN", "--no-shapes"));
    assert.ok(!train.includes('"blob prob"') && !train.includes("(2, 3, 6, 6)"));
    const svg = new TextDecoder().decode(await draw("net.svg"));
    assert.match(svg, /<svg [^]*>30 parameters<[^]*<\/svg>/);
    const { format, width, height } = await sharp(await draw("net.png")).metadata();
    assert.deepEqual([format, width! > 400, height! > 100], ["png", true, true]);
    await assert.rejects(
      draw("net.pdf"),
      /Expected a file \.svg, \.png or \.dot to draw to but found '.*net\.pdf'/,
    );
  }));
