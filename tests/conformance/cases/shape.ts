import { type LayerCase, layerCases } from "../layer_case.ts";

/**
 * Layers that move values: Concat, Slice, Split, Flatten, Reshape, Silence; and the sources Input, DummyData.
 */
export const shapeCases: LayerCase[] = [
  ...layerCases("Concat", [
    { what: "channels", bottoms: [[2, 3, 4, 5], [2, 1, 4, 5], [2, 6, 4, 5]] },
    { what: "items", bottoms: [[2, 3, 2], [5, 3, 2]], param: "concat_param { axis: 0 }" },
    { what: "the last axis", bottoms: [[2, 3, 4], [2, 3, 1]], param: "concat_param { axis: -1 }" },
    { what: "one bottom", bottoms: [[3, 4]] },
    { what: "1 axis", bottoms: [[3], [4]], param: "concat_param { axis: 0 }" },
    { what: "5 axes", bottoms: [[2, 2, 3, 1, 4], [2, 2, 2, 1, 4]], param: "concat_param { axis: 2 }" },
    { what: "concat_dim", bottoms: [[2, 3, 2, 2], [2, 3, 2, 2]], param: "concat_param { concat_dim: 0 }" },
    { what: "a loss weight", bottoms: [[2, 3], [2, 4]], param: "loss_weight: 2" },
  ]),
  ...layerCases("Slice", [
    { what: "even", bottoms: [[2, 6, 3]], tops: 3 },
    {
      what: "at points",
      bottoms: [[2, 7, 3, 2]],
      tops: 3,
      param: "slice_param { slice_point: 1 slice_point: 5 }",
    },
    { what: "items", bottoms: [[6, 5]], tops: 2, param: "slice_param { axis: 0 slice_point: 4 }" },
    { what: "the last axis", bottoms: [[2, 3, 4]], tops: 4, param: "slice_param { axis: -1 }" },
    { what: "one top", bottoms: [[3, 4]], tops: 1 },
    { what: "5 axes", bottoms: [[2, 1, 5, 2, 3]], tops: 2, param: "slice_param { axis: 2 slice_point: 2 }" },
    { what: "slice_dim", bottoms: [[4, 3, 2, 2]], tops: 2, param: "slice_param { slice_dim: 0 }" },
    {
      what: "1 axis, loss weights",
      bottoms: [[6]],
      tops: 2,
      param: "loss_weight: 1 loss_weight: 0 slice_param { axis: 0 }",
    },
  ]),
  ...layerCases("Split", [
    { what: "two", bottoms: [[3, 5]], tops: 2 },
    { what: "three", bottoms: [[2, 3, 4, 5]], tops: 3 },
    { what: "one", bottoms: [[2, 3, 4]], tops: 1 },
    { what: "1 axis", bottoms: [[11]], tops: 5 },
    { what: "5 axes", bottoms: [[2, 1, 3, 2, 2]], tops: 4 },
    { what: "loss weights", bottoms: [[4, 3]], tops: 2, param: "loss_weight: 0.5 loss_weight: 0.25" },
  ]),
  ...layerCases("Flatten", [
    { what: "4 axes", bottoms: [[2, 3, 4, 5]] },
    { what: "from axis 2", bottoms: [[2, 3, 4, 5]], param: "flatten_param { axis: 2 }" },
    { what: "axes 1 to 2", bottoms: [[2, 3, 4, 5]], param: "flatten_param { axis: 1 end_axis: 2 }" },
    {
      what: "5 axes, from the end",
      bottoms: [[2, 1, 3, 2, 4]],
      param: "flatten_param { axis: -3 end_axis: -2 }",
    },
    { what: "none", bottoms: [[2, 3, 4]], param: "flatten_param { axis: 2 end_axis: 1 }" },
    { what: "all of 3", bottoms: [[2, 3, 4]], param: "flatten_param { axis: 0 }" },
    { what: "1 axis", bottoms: [[7]], param: "flatten_param { axis: 0 }" },
  ]),
  ...layerCases("Reshape", [
    { what: "another shape", bottoms: [[2, 3, 4]], param: "reshape_param { shape { dim: 4 dim: 6 } }" },
    { what: "0 and -1", bottoms: [[2, 8, 3]], param: "reshape_param { shape { dim: 0 dim: -1 dim: 2 } }" },
    {
      what: "from an axis",
      bottoms: [[2, 6, 3]],
      param: "reshape_param { shape { dim: 2 dim: 9 } axis: 1 }",
    },
    {
      what: "some axes",
      bottoms: [[2, 6, 4]],
      param: "reshape_param { shape { dim: 3 dim: -1 } axis: 1 num_axes: 1 }",
    },
    {
      what: "an axis put in",
      bottoms: [[2, 3, 4]],
      param: "reshape_param { shape { dim: 1 } axis: -1 num_axes: 0 }",
    },
    {
      what: "1 axis to 5",
      bottoms: [[24]],
      param: "reshape_param { shape { dim: 2 dim: 1 dim: 3 dim: 1 dim: -1 } }",
    },
    { what: "5 axes to 1", bottoms: [[2, 1, 3, 2, 2]], param: "reshape_param { shape { dim: -1 } }" },
  ]),
  ...layerCases("Silence", [
    { what: "1 axis", bottoms: [[7]], tops: 0 },
    { what: "two bottoms", bottoms: [[3, 4], [2, 3, 4]], tops: 0 },
    { what: "4 axes", bottoms: [[2, 3, 4, 5]], tops: 0 },
    { what: "5 axes", bottoms: [[2, 1, 3, 1, 2]], tops: 0 },
    { what: "a bottom without gradient", bottoms: [[3], { shape: [4, 2], gradient: false }], tops: 0 },
  ]),
  ...layerCases("Input", [
    { what: "1 axis", bottoms: [], param: "input_param { shape { dim: 5 } }" },
    { what: "4 axes", bottoms: [], param: "input_param { shape { dim: 2 dim: 3 dim: 4 dim: 5 } }" },
    { what: "5 axes", bottoms: [], param: "input_param { shape { dim: 2 dim: 1 dim: 3 dim: 2 dim: 2 } }" },
    { what: "one shape for all", bottoms: [], tops: 3, param: "input_param { shape { dim: 2 dim: 3 } }" },
    {
      what: "a shape each",
      bottoms: [],
      tops: 2,
      param: "input_param { shape { dim: 2 dim: 3 } shape { dim: 4 } }",
    },
  ]),
  ...layerCases("DummyData", [
    { what: "zeros", bottoms: [], backward: false, param: "dummy_data_param { shape { dim: 2 dim: 3 } }" },
    {
      what: "a constant",
      bottoms: [],
      backward: false,
      param:
        'dummy_data_param { shape { dim: 3 dim: 1 dim: 4 } data_filler { type: "constant" value: 0.75 } }',
    },
    {
      what: "one filler and shape for all",
      bottoms: [],
      backward: false,
      tops: 3,
      param: "dummy_data_param { shape { dim: 5 } data_filler { value: -2 } }",
    },
    {
      what: "a filler and shape each",
      bottoms: [],
      backward: false,
      tops: 2,
      param: `dummy_data_param { shape { dim: 2 dim: 3 } shape { dim: 4 } data_filler { value: 1 }
        data_filler { value: 7 } }`,
    },
    {
      what: "num, channels, height, width",
      bottoms: [],
      backward: false,
      param: "dummy_data_param { num: 2 channels: 3 height: 4 width: 5 data_filler { value: 0.5 } }",
    },
    {
      what: "bilinear, odd",
      bottoms: [],
      backward: false,
      param: 'dummy_data_param { shape { dim: 1 dim: 2 dim: 5 dim: 5 } data_filler { type: "bilinear" } }',
    },
    {
      what: "bilinear, even",
      bottoms: [],
      backward: false,
      param: 'dummy_data_param { shape { dim: 2 dim: 3 dim: 6 dim: 6 } data_filler { type: "bilinear" } }',
    },
  ]),
];
