/** Takes reports of wrong uses of a view. */
export interface ViewMisuse {
  /** The view was used after its call. */
  stale(): void;
  /** An index that the view does not have was read or written; `offset` is where the view begins in its blob. */
  outOfRange(access: "reads" | "writes", index: string, offset: number): void;
}

/** Watches a view during one call. */
export interface ViewGuard extends ViewMisuse {
  /** Whether the call that the view belongs to is over. */
  readonly ended: boolean;
}

type Floats = Float32Array<ArrayBuffer>;

/** What is behind each guarded view. */
const guarded = new WeakMap<object, { values: Floats; guard: ViewGuard }>();

/**
 * A Float32Array that tells of every index that it does not have, negative, fractional and NaN ones as well, which a plain
 * one ignores in silence. Native code can't take it: see {@link bareView}.
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
      // Methods of arrays with native insides need the array itself.
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

/** The plain array behind a guarded view; anything else as it is, objects with guarded views in them as plain copies. */
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

/** The number that a property's name is: those of arrays are sought nowhere else. */
function indexOf(key: string | symbol): number | undefined {
  if (typeof key === "symbol") return undefined;
  return String(Number(key)) === key || key === "-0" ? Number(key) : undefined;
}

function isOf(values: Floats, index: number): boolean {
  return Number.isInteger(index) && index >= 0 && !Object.is(index, -0) && index < values.length;
}
