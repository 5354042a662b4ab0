export { decode, type DecodeOptions, encode } from "./codec/binary.ts";
export { type WithDefaults, withDefaults } from "./codec/defaults.ts";
export type * from "./messages.ts";
export { type Assignment, assignNets, assignSolver, parseAssignments } from "./nets/assignments.ts";
export { type CoordMap, coordMap, coordMapFromTo, crop } from "./nets/coord_map.ts";
export { drawNet, type DrawNetOptions } from "./nets/draw_net.ts";
export { filterNet, stateMeetsRule } from "./nets/filter.ts";
export { type ReadOptions } from "./nets/read_message.ts";
export { netFromText, readNet } from "./nets/read_net.ts";
export { readSolver, solverFromText } from "./nets/read_solver.ts";
export { type SolverNets, solverNets, type SolverNetsOptions } from "./nets/solver_nets.ts";
export { NetSpec, type NetSpecMethods, toProto } from "./spec/net_spec.ts";
export { oneOf } from "./spec/one_of.ts";
export { SpecLayer, Top } from "./spec/spec_layer.ts";
export {
  type LayerFields,
  type LayerFunction,
  type LayerFunctions,
  layers,
  params,
  type ParamValues,
  type Tops,
} from "./spec/spec_layers.ts";
export { copyLocation, locationOf, setLocation } from "./text/location.ts";
export { parseText, type ParseTextOptions } from "./text/parse_text.ts";
export { printText } from "./text/print_text.ts";
export { setField, type SetFieldOptions } from "./text/set_field.ts";
export { upgradeNet } from "./upgrade/upgrade.ts";
export { upgradeSolver } from "./upgrade/upgrade_solver.ts";
export type { UpgradeOptions, WarningSink } from "./upgrade/upgrade_warning.ts";
