import { resolve } from "node:path";

/**
 * Goes back to the folder in which the user typed the command. `deno task` runs its commands in the folder of
 * deno.json and keeps the user's in INIT_CWD; relative paths mean the user's.
 */
export function enterUserFolder(): void {
  const root = resolve(import.meta.dirname ?? ".", "../..");
  const user = Deno.env.get("INIT_CWD");
  // INIT_CWD is npm's as well, and may come from far outside: only `deno task` puts us into the root.
  if (user === undefined || user === "" || Deno.cwd() !== root) return;
  try {
    Deno.chdir(user);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
