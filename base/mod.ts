export { distance, nearest } from "./distance.ts";
export { CremaError, type CremaErrorOptions, type Location, PrototxtError } from "./error.ts";
export { shortestFloat32 } from "./float32.ts";
