import assert from "node:assert/strict";
import { Engine } from "../../../../ffi/engine.ts";
import { libcaffeTest } from "./built.ts";
import { input } from "../test_net.ts";

/** A net with one wrong layer. */
const wrong = (layer: string, before = input([2, 4, 6, 6], "x", "z")) =>
  `${before} layer { name: "bad" ${layer} }`;

interface BadNet {
  what: string;
  text: string;
  says: RegExp;
  solver?: boolean;
}

/** Errors that are found before libcaffe sees the net. */
const CHECKED: BadNet[] = [
  {
    what: "a bottom that nothing makes",
    text: wrong('type: "ReLU" bottom: "q" top: "y"'),
    says: /bottom 'q'/,
  },
  { what: "two makers of a top", text: wrong('type: "ReLU" bottom: "x" top: "z"'), says: /another 'z'/ },
  { what: "a type that no one knows", text: wrong('type: "Relu" bottom: "x" top: "y"'), says: /mean 'ReLU'/ },
  {
    what: "no outputs",
    text: wrong('type: "InnerProduct" bottom: "x" top: "y"'),
    says: /num_output to be 1 or more but found 0/,
  },
  {
    what: "groups that do not divide the outputs",
    text: wrong(
      'type: "Convolution" bottom: "x" top: "y" convolution_param { num_output: 3 kernel_size: 1 group: 2 }',
    ),
    says: /multiple of group but found 3 and 2/,
  },
  {
    what: "an unknown filler",
    text: wrong(
      'type: "InnerProduct" bottom: "x" top: "y" inner_product_param { num_output: 3 weight_filler { type: "xaver" } }',
    ),
    says: /Expected a filler .* but found 'xaver'/,
  },
  {
    what: "a bottom too many",
    text: wrong('type: "ReLU" bottom: "x" bottom: "z" top: "y"'),
    says: /to have 1 bottom but found 2/,
  },
  {
    what: "cuDNN",
    text: wrong(
      'type: "Convolution" bottom: "x" top: "y" convolution_param { num_output: 3 kernel_size: 1 engine: CUDNN }',
    ),
    says: /Expected the engine DEFAULT or CAFFE in convolution_param, .* but found CUDNN/,
  },
  {
    what: "cuDNN for the softmax in a loss",
    text: wrong('type: "SoftmaxWithLoss" bottom: "x" bottom: "z" top: "y" softmax_param { engine: CUDNN }'),
    says: /in softmax_param/,
  },
  {
    what: "the softmax of a loss as its second top",
    text: wrong(
      'type: "SoftmaxWithLoss" bottom: "x" bottom: "z" top: "y" top: "p" loss_weight: 1 loss_weight: 0',
    ),
    says: /Expected a SoftmaxWithLoss layer with 1 top, .* but found 2/,
  },
  {
    what: "an InfogainLoss of two tops without loss weights",
    text: wrong('type: "InfogainLoss" bottom: "x" bottom: "z" top: "y" top: "p"'),
    says: /Expected a loss_weight for each of the 2 tops, .* but found none/,
  },
  {
    what: "a policy that no one knows",
    text: `net_param { ${
      wrong('type: "ReLU" bottom: "x" top: "y"')
    } } base_lr: 1 lr_policy: "stairs" max_iter: 1`,
    says: /lr_policy .* but found 'stairs'/,
    solver: true,
  },
];

/** Errors that libcaffe finds, which end the process: here, in its own data layers. */
const FATAL: BadNet[] = [
  {
    what: "a file that is not there",
    text: wrong('type: "HDF5Data" top: "y" hdf5_data_param { source: "/no/such/list.txt" batch_size: 2 }'),
    says: /\/no\/such\/list\.txt/,
  },
  {
    what: "a list of images that is not there",
    text: wrong('type: "ImageData" top: "y" top: "l" image_data_param { source: "/no/such/list.txt" }'),
    says: /File is empty/,
  },
];

for (const [kind, nets] of [["checked", CHECKED], ["fatal", FATAL]] as const) {
  for (const { what, text, says, solver = false } of nets) {
    libcaffeTest(`a bad network, ${kind}: ${what} ends in an error and exit status 1`, async () => {
      const child = new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "-A",
          new URL("run_once.ts", import.meta.url).pathname,
          solver ? "solver" : "net",
        ],
        env: { NO_COLOR: "1", ...kind === "fatal" && { CREMA_LIBCAFFE_DATA: "1" } },
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(text));
      await writer.close();
      const { code, signal, stderr } = await child.output();
      const message = new TextDecoder().decode(stderr);
      assert.equal(signal, null, message);
      assert.equal(code, 1, message);
      assert.match(message, /^crema: /);
      assert.match(message, says);
      assert.equal(message.includes("inside libcaffe"), kind === "fatal", message);
      if (!solver) assert.match(message, /layer 'bad'/);
      assert.ok(!message.includes("***"), message);
      if (kind === "checked") return;
      // The layer of the net, not one that it makes inside itself.
      const [, type] = /name: "bad" type: "(\w+)"/.exec(text)!;
      assert.ok(message.startsWith(`crema: layer 'bad' (${type}): `), message);
      assert.equal(message.includes("--engine embedded"), Engine.open("embedded").layerTypes.includes(type!));
    });
  }
}

libcaffeTest(
  "a bad network, fatal: the layer is named when libcaffe fails while it makes the layer",
  async () => {
    const child = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        new URL("../../../conformance/own_data_layer.ts", import.meta.url).pathname,
        'layer { name: "bad" type: "Data" top: "x" data_param { source: "/no/such" batch_size: 1 backend: LMDB } }',
      ],
      env: { NO_COLOR: "1", CREMA_LIBCAFFE_DATA: "1" },
    }).output();
    const message = new TextDecoder().decode(child.stderr);
    assert.equal(child.code, 1, message);
    assert.ok(message.startsWith("crema: layer 'bad' (Data): "), message);
    assert.ok(!message.includes("--engine embedded"), message);
  },
);
