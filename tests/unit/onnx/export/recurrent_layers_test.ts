import { expectLayerInOnnx, type Use } from "./one_layer.ts";

const FILLERS = 'weight_filler { type: "gaussian" std: 0.5 } bias_filler { type: "gaussian" std: 0.5 }';
const fields = (units: number, more = "") => `recurrent_param { num_output: ${units} ${FILLERS} ${more} }`;
/** Where sequences go on: all begin anew at the first step, as the states before it are 0 in a model. */
const cont = (steps: number, streams: number, values: readonly number[] = []) => ({
  shape: [steps, streams],
  values: Array.from({ length: steps * streams }, (_, i) => i < streams ? 0 : values[i - streams] ?? 1),
});

/** What LSTM and RNN have in common; `states` is how many they expose. */
function uses(states: number): Use[] {
  const exposed = (count: number, streams: number) =>
    Array.from({ length: count }, () => ({ shape: [1, streams, 3], keeps: true }));
  return [
    { bottoms: [[4, 2, 5], cont(4, 2)], fields: fields(3), batches: [4, 1] },
    { bottoms: [[4, 2, 5], cont(4, 2, [1, 0, 0, 1, 0, 0])], fields: fields(3), batches: [4, 2] },
    // Not only 0 and 1.
    { bottoms: [[4, 2, 5], cont(4, 2, [0.5, 0.25, 2, 1, 0, -1])], fields: fields(3), batches: [4] },
    { bottoms: [[3, 1, 2, 2], cont(3, 1)], fields: fields(1), batches: [3] },
    // An input that stays the same.
    { bottoms: [[4, 2, 5], cont(4, 2), { shape: [2, 6], keeps: true }], fields: fields(3), batches: [4, 1] },
    {
      bottoms: [{ shape: [2, 2, 5], keeps: true }, { ...cont(2, 2), keeps: true }, {
        shape: [2, 3],
        keeps: true,
      }],
      fields: fields(3),
      batch: 2,
    },
    {
      bottoms: [[4, 2, 5], { shape: [4, 2], values: [1, 0, 1, 1, 0, 1, 1, 1] }, ...exposed(states, 2)],
      fields: fields(3, "expose_hidden: true"),
      tops: 1 + states,
      batches: [4, 3],
    },
    {
      bottoms: [
        [4, 2, 5],
        { shape: [4, 2], values: [1, 1, 0] },
        { shape: [2, 2, 2], keeps: true },
        ...exposed(states, 2),
      ],
      fields: fields(3, "expose_hidden: true"),
      tops: 1 + states,
      batches: [4],
    },
  ];
}

Deno.test("LSTM in ONNX: sequences that begin anew, a static input, and exposed states", async () => {
  await expectLayerInOnnx("LSTM", uses(2));
});

Deno.test("RNN in ONNX: sequences that begin anew, a static input, and an exposed state", async () => {
  await expectLayerInOnnx("RNN", uses(1));
});

Deno.test("LSTMUnit in ONNX", async () => {
  const bottoms = (streams: number, units: number, values: readonly number[]) => [
    { shape: [1, streams, units], keeps: true },
    { shape: [1, streams, 4 * units], keeps: true },
    { shape: [1, streams], values, keeps: true },
  ];
  await expectLayerInOnnx(
    "LSTMUnit",
    [
      bottoms(2, 3, [1, 0]),
      bottoms(1, 4, [1]),
      bottoms(1, 1, [0]),
      bottoms(3, 2, [0.5]),
      bottoms(4, 5, [1, 1, 0]),
    ]
      .map((each) => ({ bottoms: each, tops: 2, batches: [1] })),
  );
});

Deno.test("two recurrent layers of one net keep their names apart in ONNX", async () => {
  await expectLayerInOnnx("LSTM", [{
    bottoms: [[4, 2, 5], cont(4, 2, [1, 0])],
    fields: fields(3),
    more: `layer { name: "second" type: "LSTM" bottom: "t0" bottom: "b1" top: "u" ${fields(2)} }`,
    batches: [4, 2],
  }]);
});
