/** Is notified of wrong uses of a view. */
export interface ViewMisuse {
  /** The view was used after its call. */
  stale(): void;
  /** An index outside the view was read or written; `offset` is where the view begins in its blob. */
  outOfRange(access: "reads" | "writes", index: string, offset: number): void;
}

/** Guards a view during one call. */
export interface ViewGuard extends ViewMisuse {
  /** Whether the view's call is over. */
  readonly ended: boolean;
}

type Floats = Float32Array<ArrayBuffer>;

/** The array and the guard behind each guarded view. */
const guarded = new WeakMap<object, { values: Floats; guard: ViewGuard }>();

/**
 * A Float32Array that notifies its guard of every index it does not have, also negative ones, fractions and
 * NaN, which a plain one silently ignores. Native code can't take it: see {@link bareView}.
 */
export function guardedView(values: Floats, guard: ViewGuard, offset = 0): Floats {
  const use = () => {
    if (guard.ended) guard.stale();
  };
  const view: Floats = new Proxy(values, {
    get(_, key) {
      use();
      const index = indexOf(key);
      if (index !== undefined) {
        if (!isOf(values, index)) guard.outOfRange("reads", String(key), offset);
        return values[index];
      }
      const property: unknown = Reflect.get(values, key, values);
      if (typeof property !== "function" || key === "constructor") return property;
      // Typed arrays' methods need the array itself, not a proxy.
      return (...args: unknown[]) => {
        const result: unknown = Reflect.apply(property, values, args.map(bareView));
        if (result === values) return view;
        if (key !== "subarray") return result;
        const part = result as Floats;
        return guardedView(part, guard, offset + (part.byteOffset - values.byteOffset) / 4);
      };
    },
    set(_, key, value) {
      use();
      const index = indexOf(key);
      if (index === undefined) return Reflect.set(values, key, value, values);
      if (isOf(values, index)) values[index] = Number(value);
      else guard.outOfRange("writes", String(key), offset);
      return true;
    },
  });
  guarded.set(view, { values, guard });
  return view;
}

/** A value with plain arrays in place of guarded views: in place of itself, and inside plain objects. */
export function bareView(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const behind = guarded.get(value);
  if (behind !== undefined) {
    if (behind.guard.ended) behind.guard.stale();
    return behind.values;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, bareView(each)]));
}

/** The number that a property's name spells: a typed array takes every such name for an index. */
function indexOf(key: string | symbol): number | undefined {
  if (typeof key === "symbol") return undefined;
  return String(Number(key)) === key || key === "-0" ? Number(key) : undefined;
}

function isOf(values: Floats, index: number): boolean {
  return Number.isInteger(index) && index >= 0 && !Object.is(index, -0) && index < values.length;
}
