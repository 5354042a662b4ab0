import assert from "node:assert/strict";
import { locationOf, parseText, setField } from "../../../../proto/mod.ts";

const solver = parseText("SolverParameter", "base_lr: 0.1\nstepvalue: [10, 20]\ntrain_state { level: 2 }", {
  file: "s.prototxt",
});

Deno.test("a field is set as the text format reads it, and the message stays as it was", () => {
  const cases: [path: string, value: string, field: keyof typeof solver, expected: unknown][] = [
    ["base_lr", "0.01", "base_lr", 0.01],
    ["base_lr", " 1e-3 ", "base_lr", 0.001],
    ["type", "Adam", "type", "Adam"],
    ["type", '"Adam"', "type", "Adam"],
    ["snapshot_prefix", 'a "b" \\c', "snapshot_prefix", 'a "b" \\c'],
    ["snapshot_format", "HDF5", "snapshot_format", "HDF5"],
    ["debug_info", "true", "debug_info", true],
    ["stepvalue", "[1, 2, 3]", "stepvalue", [1, 2, 3]],
    ["stepvalue", "[ ]", "stepvalue", []],
    ["stepvalue", "7", "stepvalue", [7]],
    ["stepvalue[0]", "7", "stepvalue", [7, 20]],
    ["stepvalue.1", "7", "stepvalue", [10, 7]],
    ["stepvalue[2]", "30", "stepvalue", [10, 20, 30]],
    ["weights", "a.caffemodel", "weights", ["a.caffemodel"]],
    ["train_state.level", "3", "train_state", { level: 3 }],
    ["train_state", "level: 4", "train_state", { level: 4 }],
    ["test_state[0].stage", "x", "test_state", [{ stage: ["x"] }]],
  ];
  for (const [path, value, field, expected] of cases) {
    assert.deepEqual(setField("SolverParameter", solver, path, value)[field], expected, `${path}=${value}`);
  }
  assert.deepEqual(solver, { base_lr: 0.1, stepvalue: [10, 20], train_state: { level: 2 } });
});

Deno.test("what is set has a location of its own, and the rest keeps its line", () => {
  const set = setField("SolverParameter", solver, "stepvalue[1]", "15", { from: "--set stepvalue[1]=15" });
  assert.deepEqual(locationOf(set, "stepvalue", 1), { file: "--set stepvalue[1]=15" });
  assert.equal(locationOf(set, "stepvalue", 0)?.line, 2);
  assert.equal(locationOf(set, "base_lr")?.line, 1);
  assert.equal(locationOf(solver, "stepvalue", 1)?.file, "s.prototxt");
});

Deno.test("what can't be set is an error that names the field and where it came from", () => {
  const cases: [path: string, value: string, message: RegExp][] = [
    [
      "base_rl",
      "1",
      /^--set base_rl=1: .*field of SolverParameter but found 'base_rl', did you mean 'base_lr'\?/,
    ],
    ["base_lr", "big", /^--set base_lr=big: Expected .*but found.*big.*\(SolverParameter\.base_lr\)/],
    ["base_lr", "1 max_iter: 2", /a value for SolverParameter\.base_lr alone but found '1 max_iter: 2'/],
    ["base_lr[0]", "1", /no index, since SolverParameter\.base_lr has one value, but found \[0\]/],
    ["base_lr.x", "1", /SolverParameter\.base_lr to be a message but found a float/],
    ["stepvalue[3]", "1", /an index of SolverParameter\.stepvalue from 0 to 2 but found 3/],
    ["stepvalue[0]", "[1, 2]", /one value for SolverParameter\.stepvalue but found 2/],
    ["a-b", "1", /a path of fields, such as stepvalue\[0\], but found 'a-b'/],
    ["train_state.levl", "1", /field of NetState but found 'levl', did you mean 'level'\?/],
  ];
  for (const [path, value, message] of cases) {
    const from = `--set ${path}=${value}`;
    assert.throws(() => setField("SolverParameter", solver, path, value, { from }), { message });
  }
});
