import { isInstance } from "./thrown.ts";

/** Whether the operating system reported the error: "ENOSPC: no space left on device", for example. */
export function isSystemError(error: unknown): error is Error & { code: string } {
  return isInstance(error, Error) && /^E[A-Z\d]+$/.test((error as { code?: string }).code ?? "");
}
