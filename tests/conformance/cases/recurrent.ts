import { type Bottom, type LayerCase, layerCases, type LayerConfig } from "../layer_case.ts";

/** Where sequences go on (1) and where they begin (0), as a bottom without a gradient. */
const cont = (...shape: number[]): Bottom => ({
  shape,
  gradient: false,
  values: { kind: "labels", classes: 2 },
});

/** Sequences that never begin anew. */
const going = (...shape: number[]): Bottom => ({
  shape,
  gradient: false,
  values: { kind: "given", values: [1] },
});

/** The settings that LSTM and RNN share; `states` is how many they expose. */
const recurrent = (states: number): LayerConfig[] => {
  const exposed = (streams: number, units: number) =>
    Array.from({ length: states }, (): Bottom => [1, streams, units]);
  return [
    { what: "sequences that begin and go on", bottoms: [[5, 3, 4], cont(5, 3)], param: units(6) },
    { what: "one step", bottoms: [[1, 4, 5], cont(1, 4)], param: units(3) },
    { what: "one stream", bottoms: [[7, 1, 3], going(7, 1)], param: units(5) },
    { what: "one unit", bottoms: [[3, 5, 2], cont(3, 5)], param: units(1) },
    { what: "inputs of several axes", bottoms: [[4, 2, 3, 2, 2], cont(4, 2)], param: units(4) },
    { what: "a static input", bottoms: [[4, 3, 5], cont(4, 3), [3, 6]], param: units(4) },
    {
      what: "a static input of several axes",
      bottoms: [[2, 3, 5], going(2, 3), [3, 2, 4]],
      param: units(3),
    },
    {
      what: "states that are carried on from batch to batch",
      bottoms: [[3, 4, 5], going(3, 4)],
      param: units(4),
      passes: 4,
    },
    {
      what: "states that are carried on here and there, and a static input",
      bottoms: [[3, 17, 5], cont(3, 17), [17, 2]],
      param: units(7),
      passes: 3,
    },
    {
      what: "states of fewer streams",
      bottoms: [[3, 5, 4], going(3, 5)],
      param: units(3),
      reshape: { x0: [3, 2, 4], x1: [3, 2] },
      passes: 2,
    },
    {
      what: "states of more streams",
      bottoms: [[2, 3, 4], going(2, 3)],
      param: units(3),
      reshape: { x0: [2, 6, 4], x1: [2, 6] },
      passes: 2,
    },
    {
      what: "exposed states",
      bottoms: [[4, 3, 5], cont(4, 3), ...exposed(3, 6)],
      tops: 1 + states,
      param: units(6, "expose_hidden: true"),
    },
    {
      what: "exposed states that go on, and a static input",
      bottoms: [[3, 2, 4], going(3, 2), [2, 3], ...exposed(2, 5)],
      tops: 1 + states,
      param: units(5, "expose_hidden: true"),
      passes: 2,
    },
    {
      what: "cont that is neither 0 nor 1",
      bottoms: [[4, 3, 2], { shape: [4, 3], gradient: false, values: { kind: "uniform", min: 0, max: 1 } }],
      param: units(4),
    },
    {
      what: "a phase of testing",
      bottoms: [[4, 3, 5], cont(4, 3)],
      param: units(6),
      phase: "TEST",
      passes: 2,
    },
    {
      what: "parameters that do not learn",
      bottoms: [[3, 3, 4], cont(3, 3)],
      param: `param { lr_mult: 0 } param { lr_mult: 0 } param { lr_mult: 0 } ${units(2)}`,
    },
    {
      what: "as many streams and units as fill vectors",
      bottoms: [[3, 16, 24], cont(3, 16)],
      param: units(32),
    },
  ];
};

/** A recurrent_param for so many units. */
function units(count: number, more = ""): string {
  return `recurrent_param { num_output: ${count} weight_filler { type: "uniform" } bias_filler { } ${more} }`;
}

/** LSTM, RNN and LSTMUnit. */
export const recurrentCases: LayerCase[] = [
  ...layerCases("LSTM", recurrent(2)),
  ...layerCases("RNN", recurrent(1)),
  ...layerCases("LSTMUnit", [
    { what: "sequences that begin and go on", bottoms: [[1, 5, 3], [1, 5, 12], cont(1, 5)], tops: 2 },
    { what: "all go on", bottoms: [[1, 4, 6], [1, 4, 24], going(1, 4)], tops: 2 },
    {
      what: "all begin",
      bottoms: [[1, 4, 6], [1, 4, 24], {
        shape: [1, 4],
        gradient: false,
        values: { kind: "given", values: [0] },
      }],
      tops: 2,
    },
    { what: "one stream", bottoms: [[1, 1, 7], [1, 1, 28], going(1, 1)], tops: 2 },
    { what: "one unit", bottoms: [[1, 9, 1], [1, 9, 4], cont(1, 9)], tops: 2 },
    { what: "many units", bottoms: [[1, 3, 65], [1, 3, 260], cont(1, 3)], tops: 2, phase: "TEST" },
    {
      what: "cont that is neither 0 nor 1",
      bottoms: [[1, 6, 4], [1, 6, 16], {
        shape: [1, 6],
        gradient: false,
        values: { kind: "uniform", min: 0, max: 1 },
      }],
      tops: 2,
    },
    {
      what: "gates that saturate",
      bottoms: [[1, 3, 4], { shape: [1, 3, 16], values: { kind: "normal", scale: 30 } }, cont(1, 3)],
      tops: 2,
    },
    {
      what: "a loss weight",
      bottoms: [[1, 3, 4], [1, 3, 16], cont(1, 3)],
      tops: 2,
      param: "loss_weight: 0.5 loss_weight: 2",
    },
  ]),
];
