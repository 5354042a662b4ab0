import assert from "node:assert/strict";
import {
  assignNets,
  assignSolver,
  netFromText,
  parseAssignments,
  solverFromText,
  solverNets,
} from "../../../../proto/mod.ts";

const net = netFromText(`
  name: "n"
  layer { name: "data" type: "Data" top: "x" include { phase: TRAIN } data_param { batch_size: 4 } }
  layer { name: "data" type: "Data" top: "x" include { phase: TEST } data_param { batch_size: 8 } }
  layer { name: "conv1" type: "Convolution" bottom: "x" top: "c" convolution_param { num_output: 2 } }
  layer { name: "a/b.c" type: "Deconvolution" bottom: "c" top: "d" }
  layer { name: "loss" type: "SoftmaxWithLoss" bottom: "d" top: "l" loss_param { normalize: true } }`);

/** The layers after assignments. */
const layers = (...set: string[]) => assignNets([net], parseAssignments(set, "net"))[0]!.layer!;

Deno.test("a layer's field is found in its own message, by a whole path too, and in every layer of the name", () => {
  assert.equal(layers("conv1.num_output=32")[2]!.convolution_param?.num_output, 32);
  assert.equal(layers("net:conv1.convolution_param.num_output=32")[2]!.convolution_param?.num_output, 32);
  assert.deepEqual(layers("conv1.kernel_size[0]=3")[2]!.convolution_param?.kernel_size, [3]);
  assert.deepEqual(layers("conv1.weight_filler={type: 'xavier'}")[2]!.convolution_param?.weight_filler, {
    type: "xavier",
  });
  assert.equal(layers("a/b.c.num_output=5")[3]!.convolution_param?.num_output, 5);
  assert.deepEqual(layers("conv1.param[0].lr_mult=0")[2]!.param, [{ lr_mult: 0 }]);
  assert.equal(layers("loss.normalize=false")[4]!.loss_param?.normalize, false);
  const sizes = (...set: string[]) =>
    layers(...set).slice(0, 2).map(({ data_param }) => data_param?.batch_size);
  assert.deepEqual(sizes("data.batch_size=16"), [16, 16]);
  assert.deepEqual(sizes("data[1].batch_size=16"), [4, 16]);
  assert.equal(layers("data[0].mirror=true")[0]!.transform_param?.mirror, true);
  assert.equal(net.layer![2]!.convolution_param?.num_output, 2);
  assert.equal(assignNets([net], parseAssignments(["force_backward=true"], "net"))[0]!.force_backward, true);
});

Deno.test("a layer or field that is not there is an error with the nearest one", () => {
  const cases: [set: string, message: RegExp][] = [
    [
      "conv2.num_output=3",
      /^--set conv2\.num_output=3: .*a layer of the net and its field.*did you mean 'conv1'\?/,
    ],
    [
      "conv1.num_outptu=3",
      /layer 'conv1': .*the Convolution layer but found 'num_outptu', did you mean 'num_output'\?/,
    ],
    ["loss.axsi=1", /the SoftmaxWithLoss layer but found 'axsi'/],
    ["loss.axis=1", /found 'axis'.* Write the whole path, such as \w+_param\.axis\./],
    ["data[2].batch_size=3", /an index of a layer 'data' but found 2/],
    ["conv1", /Expected path=value/],
    ["=3", /Expected path=value/],
    ["solver:base_lr=1", /a field of the net but found one of a solver/],
  ];
  for (const [set, message] of cases) assert.throws(() => layers(set), { message });
});

Deno.test("a solver's nets get what begins with net:, in all phases, and the solver gets the rest", async () => {
  const solver = solverFromText("base_lr: 0.1 test_iter: 1 test_interval: 1");
  const set = ["net:conv1.num_output=32", "base_lr=0.5", "solver:max_iter=7"];
  const assigned = assignSolver({ ...solver, net_param: net }, parseAssignments(set, "solver"));
  assert.equal(assigned.base_lr, 0.5);
  assert.equal(assigned.max_iter, 7);
  const { train, tests } = await solverNets(assigned, { set });
  for (const each of [train, ...tests]) assert.equal(each.layer![1]!.convolution_param?.num_output, 32);
  assert.throws(() => assignSolver(solver, parseAssignments(["conv1.num_output=3"], "solver")), {
    message: /found 'conv1'.* A field of a layer is written net:layer\.field=value\./,
  });
  // One that only one of two nets has is no mistake; one that none has is.
  const two = { train_net_param: net, test_net_param: [{ layer: [net.layer![1]!] }], test_iter: [1] };
  await solverNets({ ...two, test_interval: 1 }, { set: ["net:conv1.num_output=3"] });
  await assert.rejects(solverNets({ ...two, test_interval: 1 }, { set: ["net:conv.num_output=3"] }), {
    message: /did you mean 'conv1'/,
  });
});
