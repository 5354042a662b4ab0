import { environmentVariable } from "../base/environment.ts";
import { CremaError } from "../base/error.ts";

/** The most threads that a call may compute with: with more, starting them hangs or ends the process. */
export const MAX_THREADS = 4096;

/**
 * Checks the number of threads that the environment asks of OpenMP, before a library loads its runtime, which takes any.
 * Throws a CremaError when OMP_NUM_THREADS asks for more than {@link MAX_THREADS}.
 */
export function checkOmpThreads(): void {
  const value = environmentVariable("OMP_NUM_THREADS");
  // A list has a number for each level of nesting. What is no number the runtime passes over, with a warning.
  const counts = value?.split(",").map(Number) ?? [];
  if (counts.every((count) => !(count > MAX_THREADS))) return;
  throw new CremaError(`Expected OMP_NUM_THREADS to be from 1 to ${MAX_THREADS} but found ${value}`, {
    hint: "Set it to the number of cores, or unset it.",
  });
}
