import { type Ops, ops as defaultOps } from "../../../ffi/ops/mod.ts";
import { bareView } from "./guarded_view.ts";

type Method = (...args: unknown[]) => unknown;

/** Runs a function. Meanwhile the layer's vector math, and that which modules import, takes guarded views. */
export function withGuardedOps<Result>(ops: Ops | undefined, run: () => Result): Result {
  const guarded = new Set([defaultOps, ...(ops === undefined ? [] : [ops])]);
  const undo: (() => void)[] = [];
  try {
    for (const each of guarded) undo.push(guardOps(each));
    return run();
  } finally {
    for (const each of undo) each();
  }
}

function guardOps(ops: Ops): () => void {
  const names = methodNames(ops);
  for (const name of names) {
    const method = Reflect.get(ops, name) as Method;
    const value: Method = (...args) => method.apply(ops, args.map(bareView));
    Object.defineProperty(ops, name, { value, configurable: true });
  }
  return () => names.forEach((name) => Reflect.deleteProperty(ops, name));
}

/**
 * The methods that the object inherits. Those that it overrides itself are guarded already, by an outer call.
 */
function methodNames(ops: Ops): string[] {
  const names = new Set<string>();
  for (
    let type: object | null = Object.getPrototypeOf(ops);
    type !== null && type !== Object.prototype;
    type = Object.getPrototypeOf(type)
  ) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(type))) {
      if (typeof value === "function" && name !== "constructor" && !Object.hasOwn(ops, name)) names.add(name);
    }
  }
  return [...names];
}
