import assert from "node:assert/strict";
import { libcaffeTest } from "./built.ts";

// A fork's additions to caffe.proto; Debian's libcaffe does not have them.
const FORK = `syntax = "proto2"; package caffe;
message ROIPoolingParameter { optional uint32 pooled_h = 1; optional float spatial_scale = 3 [default = 1]; }
message LayerParameter { optional ROIPoolingParameter roi_pooling_param = 8266711; }
message PoolingParameter { enum PoolMethod { SOFT = 77; } optional bool ceil_mode = 8266712; }
message SolverParameter { optional int32 warm_restarts = 8266713; }`;

const INPUT =
  'layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 1 dim: 1 dim: 2 dim: 2 } } }';

/** A net, or a solver, by the field that the error names. */
const REFUSED: Record<string, { text: string; line: number; layer?: string }> = {
  "LayerParameter.roi_pooling_param": {
    text: `${INPUT}
layer { name: "relu" type: "ReLU" bottom: "x" top: "y"
  roi_pooling_param { pooled_h: 6 spatial_scale: 0.0625 } }`,
    line: 3,
    layer: "relu",
  },
  "PoolingParameter.ceil_mode": {
    text: `${INPUT}
layer { name: "pool" type: "Pooling" bottom: "x" top: "y" pooling_param { kernel_size: 2 ceil_mode: false } }`,
    line: 2,
    layer: "pool",
  },
  "PoolingParameter.pool: SOFT": {
    text: `${INPUT}
layer { name: "pool" type: "Pooling" bottom: "x" top: "y" pooling_param { kernel_size: 2 pool: SOFT } }`,
    line: 2,
    layer: "pool",
  },
  "SolverParameter.warm_restarts": {
    text: `net_param { ${INPUT} } base_lr: 1 lr_policy: "fixed" max_iter: 1
warm_restarts: 3`,
    line: 2,
  },
};

libcaffeTest(
  "CREMA_PROTO: what a libcaffe that is not the fork's would skip is an error that names it",
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(`${folder}/caffe.proto`, FORK);
      const url = (path: string) => new URL(`../../../../${path}`, import.meta.url);
      const program = `
      import { Net } from "${url("net/net.ts")}";
      import { Solver } from "${url("train/solver.ts")}";
      const found = {};
      for (const [field, { text }] of Object.entries(${JSON.stringify(REFUSED)})) {
        const owner = text.startsWith("net_param") ? Solver : Net;
        try {
          (await owner.fromText(text, { engine: "libcaffe", file: "fork.prototxt" }))[Symbol.dispose]();
        } catch ({ message, line, layer }) {
          found[field] = { message, line, layer };
        }
      }
      console.log(JSON.stringify(found));`;
      const run = async (env: Record<string, string>) => {
        const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
          args: ["eval", program],
          env: { NO_COLOR: "1", ...env },
        }).output();
        assert.equal(new TextDecoder().decode(stderr), "");
        return JSON.parse(new TextDecoder().decode(stdout)) as Record<
          string,
          { message: string; line: number; layer?: string }
        >;
      };
      const found = await run({ CREMA_PROTO: `${folder}/caffe.proto` });
      for (const [field, { line, layer }] of Object.entries(REFUSED)) {
        const error = found[field];
        assert.ok(error !== undefined, `${field} was taken`);
        assert.ok(error.message.includes(`'libcaffe' knows but found ${field}`), error.message);
        assert.equal(error.line, line, field);
        assert.equal(error.layer, layer, field);
      }
      const without = await run({});
      assert.match(
        without["LayerParameter.roi_pooling_param"]!.message,
        /'libcaffe' knows but found LayerParameter\.roi_pooling_param/,
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
