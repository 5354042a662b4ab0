import assert from "node:assert/strict";
import { libcaffeTest } from "./libcaffe_built.ts";

// What a fork adds to caffe.proto, around a layer that libcaffe has.
const FORK = `syntax = "proto2"; package caffe;
message ROIPoolingParameter { optional uint32 pooled_h = 1; optional float spatial_scale = 3 [default = 1]; }
message LayerParameter { optional ROIPoolingParameter roi_pooling_param = 8266711; }`;

const NET = `layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 2 } } }
layer { name: "relu" type: "ReLU" bottom: "x" top: "y" roi_pooling_param { pooled_h: 6 spatial_scale: 0.0625 } }`;

libcaffeTest(
  "CREMA_PROTO: a fork's own parameter reaches libcaffe, and comes back in a snapshot",
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(`${folder}/caffe.proto`, FORK);
      const url = (path: string) => new URL(`../../../${path}`, import.meta.url);
      const program = `
      import { Net } from "${url("net/net.ts")}";
      import { decode } from "${url("proto/codec/binary.ts")}";
      using net = await Net.fromText(${JSON.stringify(NET)}, { engine: "libcaffe" });
      net.forward();
      console.log(JSON.stringify(decode("NetParameter", net.handle.save()).layer[1].roi_pooling_param));`;
      const run = async (env: Record<string, string>) => {
        const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
          args: ["eval", program],
          env: { NO_COLOR: "1", ...env },
        }).output();
        return [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
      };
      assert.equal(
        (await run({ CREMA_PROTO: `${folder}/caffe.proto` })).trim(),
        '{"pooled_h":6,"spatial_scale":0.0625}',
      );
      assert.match(await run({}), /Expected a field of LayerParameter but found 'roi_pooling_param'/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
