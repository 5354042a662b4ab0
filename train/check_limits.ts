import { CremaError } from "../base/error.ts";
import { locationOf } from "../proto/mod.ts";
import type { SolverParameter } from "../proto/messages.ts";

/** Throws a CremaError, with file and line, for a `time_limit` or `snapshot_keep` that makes no sense. */
export function checkLimits(param: SolverParameter): void {
  const { time_limit: limit = 1, snapshot_keep: keep = 0 } = param;
  const check = (isGood: boolean, field: keyof SolverParameter, expected: string, found: number) => {
    if (isGood) return;
    throw new CremaError(`Expected ${expected} but found ${found}`, {
      ...locationOf(param, field) ?? locationOf(param),
    });
  };
  check(limit > 0, "time_limit", "a time_limit above 0", limit);
  check(keep >= 0, "snapshot_keep", "a snapshot_keep of 0 or more", keep);
}
