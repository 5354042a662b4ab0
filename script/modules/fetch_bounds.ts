import { CremaError, type CremaErrorOptions } from "../../base/error.ts";

/** What fetching a module, with all that it imports, may take: a server may never answer, or never end. */
export interface FetchBounds {
  /** Milliseconds in all. */
  milliseconds: number;
  /** Bytes by which the memory of the process that fetches may grow. */
  bytes: number;
}

/** A bound was passed. */
export class OutOfBounds extends CremaError {
  override name = "OutOfBounds";
}

/** What is allowed by default: far more than any module needs. */
export const FETCH_BOUNDS: FetchBounds = { milliseconds: 300_000, bytes: 2 ** 31 };

/** How often memory is looked at, in milliseconds. */
const INTERVAL = 100;

/**
 * Waits for `work`, which fetches a URL, within bounds. `memory` gives the bytes of the process that fetches. Throws
 * {@link OutOfBounds} when a bound is passed: the work itself goes on, as an import can't be stopped, unless `stop` stops it.
 */
export async function withinBounds<Result>(
  url: string,
  work: Promise<Result>,
  memory: () => number,
  { bounds = FETCH_BOUNDS, place = {}, stop = () => {} }: {
    bounds?: FetchBounds | undefined;
    place?: CremaErrorOptions | undefined;
    stop?: (() => void) | undefined;
  } = {},
): Promise<Result> {
  const { promise: passed, reject } = Promise.withResolvers<never>();
  const fail = (expected: string, found: string) => {
    reject(new OutOfBounds(`Expected ${url} to be fetched ${expected} but found ${found}`, place));
    stop();
  };
  const before = memory();
  const timer = setTimeout(
    () => fail(`within ${bounds.milliseconds / 1000} seconds`, "a server that had not ended its answer"),
    bounds.milliseconds,
  );
  const watch = setInterval(() => {
    const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
    const grown = memory() - before;
    if (grown > bounds.bytes) fail(`in ${megabytes(bounds.bytes)} of memory`, `${megabytes(grown)} so far`);
  }, Math.min(INTERVAL, bounds.milliseconds));
  try {
    return await Promise.race([work, passed]);
  } finally {
    clearTimeout(timer);
    clearInterval(watch);
  }
}

/** Imports a module; by URL within {@link FETCH_BOUNDS}, which cover its evaluation as well. */
export async function boundedImport(
  url: string,
  place: CremaErrorOptions = {},
  options?: ImportCallOptions,
  bounds?: FetchBounds,
): Promise<Record<string, unknown>> {
  const work = import(url, options) as Promise<Record<string, unknown>>;
  if (!/^https?:/.test(url)) return await work;
  return await withinBounds(url, work, () => Deno.memoryUsage().rss, { bounds, place });
}
