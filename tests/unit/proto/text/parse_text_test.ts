import assert from "node:assert/strict";
import { parseText } from "../../../../proto/text/parse_text.ts";
import { fixtureText } from "../fixture.ts";

Deno.test("parseText reads what people write", () => {
  const net = parseText("NetParameter", fixtureText("wild.prototxt"));
  assert.deepEqual(net, {
    name: "Wild net",
    force_backward: true,
    debug_info: false,
    state: { phase: "TEST", level: -3, stage: ["a", "b", "c"] },
    layer: [{
      name: 'tab\tquote"octAhexBéé',
      type: "Convolution",
      bottom: ["x"],
      top: ["y"],
      loss_weight: [0.00001, 0.5, 5, -Infinity, 300, 7],
      param: [{ lr_mult: 0 }, { decay_mult: 2.5 }],
      propagate_down: [true, false, true, false, true, false, true, false],
      convolution_param: {
        num_output: 20,
        kernel_size: [5],
        pad: [1, 2, 3],
        weight_filler: { type: "xavier", variance_norm: "AVERAGE" },
        engine: "CAFFE",
      },
      include: [{ phase: "TRAIN" }, { phase: "TEST", min_level: -1 }],
    }, { type: "Silence", bottom: ["y"], name: "silence" }],
  });
});

Deno.test("parseText reads it as Caffe does", () => {
  assert.deepEqual(
    parseText("NetParameter", fixtureText("wild.prototxt")),
    parseText("NetParameter", fixtureText("wild.upgraded.prototxt")),
  );
});

Deno.test("parseText takes an empty file, comments alone, a byte order mark and Windows lines", () => {
  assert.deepEqual(parseText("NetParameter", ""), {});
  assert.deepEqual(parseText("NetParameter", "# nothing\n   # more"), {});
  assert.deepEqual(parseText("NetParameter", '\uFEFFname: "x"\r\nforce_backward: true\r\n'), {
    name: "x",
    force_backward: true,
  });
});

Deno.test("numbers that begin as octal or hexadecimal ones are no floats, and errors say where they are", () => {
  for (const bad of ["01.5", "007", "0x1F", "-01.5", "00"]) {
    assert.throws(
      () => parseText("SolverParameter", `max_iter: 1\nbase_lr: ${bad}`, { file: "s.prototxt" }),
      (error) =>
        String(error).includes(
          `s.prototxt:2:10: Expected a number for SolverParameter.base_lr but found ${bad}`,
        ) ||
        String(error).includes(
          `s.prototxt:2:10: Expected a number for SolverParameter.base_lr but found '${bad}'`,
        ),
      bad,
    );
  }
  for (const good of ["0", "0.5", "0f", "0e1", "-0.25"]) {
    assert.doesNotThrow(() => parseText("SolverParameter", `base_lr: ${good}`), good);
  }
});

Deno.test("parseText gives nan, and infinity for floats beyond range, as Caffe does", () => {
  const { value, min, max } = parseText("FillerParameter", "value: nan min: -INFINITY max: 1e39");
  assert.deepEqual([value, min, max], [NaN, -Infinity, Infinity]);
});

Deno.test("parseText reads the weights of a blob into typed arrays", () => {
  const blob = parseText("BlobProto", "data: [1, 2.5] data: 3 double_data: 0.1 shape { dim: 3 }");
  assert.deepEqual(blob, {
    data: new Float32Array([1, 2.5, 3]),
    double_data: new Float64Array([0.1]),
    shape: { dim: [3] },
  });
});
