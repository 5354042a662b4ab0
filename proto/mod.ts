export { decode, type DecodeOptions, encode } from "./binary.ts";
export { type CoordMap, coordMap, coordMapFromTo, crop } from "./coord_map.ts";
export { type WithDefaults, withDefaults } from "./defaults.ts";
export { drawNet, type DrawNetOptions } from "./draw_net.ts";
export { filterNet, stateMeetsRule } from "./filter.ts";
export { copyLocation, locationOf, setLocation } from "./location.ts";
export type * from "./messages.ts";
export { NetSpec, type NetSpecMethods, toProto } from "./net_spec.ts";
export { netFromText, readNet, type ReadOptions, readSolver, solverFromText } from "./read.ts";
export { type SolverNets, solverNets, type SolverNetsOptions } from "./solver_nets.ts";
export { SpecLayer, Top } from "./spec_layer.ts";
export {
  type LayerFields,
  type LayerFunction,
  type LayerFunctions,
  layers,
  params,
  type ParamValues,
  type Tops,
} from "./spec_layers.ts";
export { parseText, type ParseTextOptions, printText } from "./text.ts";
export { upgradeNet } from "./upgrade.ts";
export { upgradeSolver } from "./upgrade_solver.ts";
export type { UpgradeOptions, WarningSink } from "./upgrade_warning.ts";
