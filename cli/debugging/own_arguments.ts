import { fileURLToPath } from "node:url";
import { MODULE_EXTENSION } from "../../base/module_extension.ts";

/** The arguments with which Deno runs this command again: `flags` are Deno's own, `args` the command's. */
export function ownArguments(flags: readonly string[], args: readonly string[]): string[] {
  const [config, main] = ["../../deno.json", `../main${MODULE_EXTENSION}`].map((file) =>
    fileURLToPath(new URL(file, import.meta.url))
  );
  return ["run", "--allow-all", "--no-lock", "--config", config!, ...flags, main!, ...args];
}
