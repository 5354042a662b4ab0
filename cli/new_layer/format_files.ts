import { findHome } from "../../compile/home.ts";

/**
 * Formats new files with `deno fmt`, as the deno.json that applies to them says. Leaves them as they are in a compiled
 * program, which has no formatter, and where `deno fmt` fails: how they look is all that it changes.
 */
export async function formatFiles(files: readonly string[]): Promise<void> {
  if (findHome().unpacked !== undefined) return;
  try {
    await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", ...files], stdin: "null" }).output();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.NotFound)) throw error;
  }
}
