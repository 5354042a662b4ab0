import { resolve } from "node:path";

/**
 * Goes back to the folder in which the user typed the command. `deno task` runs its commands in the folder of
 * deno.json and keeps the user's in INIT_CWD; relative paths are relative to the user's.
 */
export function enterUserFolder(): void {
  const root = resolve(import.meta.dirname ?? ".", "../..");
  const user = Deno.env.get("INIT_CWD");
  // npm sets INIT_CWD too, and the variable may be left from elsewhere: only `deno task` starts us in the root.
  if (user === undefined || user === "" || Deno.cwd() !== root) return;
  try {
    Deno.chdir(user);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
