import { nearest } from "../../base/distance.ts";
import { CremaError, type CremaErrorOptions } from "../../base/error.ts";
import type { ScriptLayerClass } from "./script_layer.ts";

/** Whether a class has the methods that a layer needs, as far as its prototype shows. */
export function hasLayerMethods(value: ScriptLayerClass): boolean {
  const { prototype } = value as unknown as { prototype: Record<string, unknown> };
  return typeof prototype["reshape"] === "function" && typeof prototype["forward"] === "function";
}

/** Whether a class claims a layer type by its own `static type`; an inherited one does not count. */
export function claimsType(value: ScriptLayerClass): boolean {
  return Object.hasOwn(value, "type") && typeof value.type === "string" && value.type !== "";
}

/**
 * The layer types that a class claims: its own `static type`, and with it its own `static aliases`. None if
 * it has no type of its own.
 *
 * ```ts
 * import { claimedTypes } from "./layer_classes.ts";
 * import { BatchReindexLayer } from "../../layers/batch_reindex.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(claimedTypes(BatchReindexLayer), ["BatchReindex"]);
 * ```
 */
export function claimedTypes(value: ScriptLayerClass): string[] {
  if (!claimsType(value)) return [];
  const aliases = Object.hasOwn(value, "aliases") ? value.aliases ?? [] : [];
  return [value.type!, ...aliases];
}

/**
 * The layer classes that a module exports, by name, in the order of names: those that `counts` accepts, by
 * default classes with the methods of a layer. A class that is found by other means, its name or its
 * `static type`, may have its methods as fields of its objects, which its prototype does not show.
 *
 * ```ts
 * import { layerClasses } from "./layer_classes.ts";
 * import assert from "node:assert/strict";
 *
 * class Twice {
 *   reshape() {}
 *   forward() {}
 * }
 * const classes = layerClasses({ Twice, Params: class {}, factor: 2 });
 * assert.deepEqual([...classes], [["Twice", Twice]]);
 * ```
 */
export function layerClasses(
  exports: Readonly<Record<string, unknown>>,
  counts: (value: ScriptLayerClass) => boolean = hasLayerMethods,
): Map<string, ScriptLayerClass> {
  const entries = Object.entries(exports).sort(([a], [b]) => a < b ? -1 : 1);
  return new Map(
    entries.filter((entry): entry is [string, ScriptLayerClass] => isClass(entry[1]) && counts(entry[1])),
  );
}

/** Each class once, under the first of its names. */
export function withoutAliases(
  classes: ReadonlyMap<string, ScriptLayerClass>,
): Map<string, ScriptLayerClass> {
  const all = [...classes];
  return new Map(all.filter(([, value], i) => all.findIndex(([, other]) => other === value) === i));
}

/**
 * The class that a module exports under a name, or its default export without a name. `module` is the
 * module's name in errors. Throws a CremaError when there is no such export, or it is no class.
 */
export function exportedClass(
  exports: Readonly<Record<string, unknown>>,
  name: string | undefined,
  module: string,
  place: CremaErrorOptions,
): ScriptLayerClass {
  const wanted = name === undefined || name === "" ? "default" : name;
  const names = Object.keys(exports);
  if (!Object.hasOwn(exports, wanted)) {
    const near = nearest(wanted, names);
    const found = names.length === 0 ? "no exports" : names.join(", ");
    const what = wanted === "default" ? "a default export" : `an exported class '${wanted}'`;
    throw new CremaError(`Expected ${what} in module '${module}' but found ${found}`, {
      ...place,
      hint: near === undefined ? undefined : `Did you mean '${near}'?`,
    });
  }
  const found = exports[wanted];
  if (!isClass(found)) {
    const kind = typeof found === "function" ? "a function" : found === null ? "null" : typeof found;
    throw new CremaError(`Expected '${wanted}' of module '${module}' to be a class but found ${kind}`, place);
  }
  return found;
}

function isClass(value: unknown): value is ScriptLayerClass {
  return typeof value === "function" && typeof value.prototype === "object";
}
