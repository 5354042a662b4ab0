import assert from "node:assert/strict";
import { classifyCommand } from "../../../../cli/classify.ts";
import { detectCommand } from "../../../../cli/detect.ts";
import { featuresCommand } from "../../../../cli/features.ts";
import { testCommand } from "../../../../cli/test.ts";
import { classifierProgram } from "../../../../compile/classifier_program.ts";
import { Net } from "../../../../net/mod.ts";

/** A net whose second layer never learns, as frozen ones do: its weights matter all the same. */
const net = (second: string) => `
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 1 dim: 2 dim: 2 } } }
layer { name: "ip1" type: "InnerProduct" bottom: "data" top: "ip1" inner_product_param { num_output: 3 } }
layer {
  name: "${second}" type: "InnerProduct" bottom: "ip1" top: "ip2" param { lr_mult: 0 } param { lr_mult: 0 }
  inner_product_param { num_output: 2 }
}
layer { name: "prob" type: "Softmax" bottom: "ip2" top: "prob" }
`;

Deno.test("weights that lack a layer's parameters are refused unless that is allowed", async () => {
  const folder = await Deno.makeTempDir({ prefix: "crema-missing-" });
  try {
    await Deno.writeTextFile(`${folder}/net.prototxt`, net("ip_2"));
    {
      using trained = await Net.fromText(net("ip2"));
      await trained.save(`${folder}/w.caffemodel`);
    }
    await Deno.writeFile(`${folder}/image.raw`, new Uint8Array(new Float32Array(4).buffer));
    const args = ["--model", `${folder}/net.prototxt`, "--weights", `${folder}/w.caffemodel`];
    const missing = /Expected parameters of layer 'ip_2' in .*w\.caffemodel but found none.*/;
    const runs = [
      (...more: string[]) =>
        testCommand().parseAsync([...args, "--iterations", "1", ...more], { from: "user" }),
      (...more: string[]) =>
        classifyCommand().parseAsync([...args, `${folder}/image.raw`, ...more], { from: "user" }),
      (...more: string[]) =>
        featuresCommand().parseAsync([...args, "--blobs", "prob", "--out", `${folder}/x.npz`, ...more], {
          from: "user",
        }),
    ];
    for (const run of runs) {
      await assert.rejects(run(), (error: Error) => {
        assert.match(error.message, missing);
        assert.match(error.message, /layers that the net lacks: 'ip2'\. --allow-missing/);
        return true;
      });
      await run("--allow-missing");
    }
    await assert.rejects(detectCommand().parseAsync([...args, "x.png"], { from: "user" }), missing);
    const source = {
      net: `${folder}/net.prototxt`,
      weights: [`${folder}/w.caffemodel`],
      labels: [],
      options: {},
    };
    await assert.rejects(classifierProgram(source), missing);
    assert.ok((await classifierProgram({ ...source, allowMissing: true })).files.length > 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
