import { Argument, Command } from "commander";
import { counted } from "../base/counted.ts";
import { CremaError } from "../base/mod.ts";
import { cleanCaches } from "./caches/clean_caches.ts";
import { type Cache, CACHE_KINDS, type CacheKind, findCaches } from "./caches/find_caches.ts";
import { refuseSubcommand } from "./options/refuse_subcommand.ts";
import { printOut } from "./output/print.ts";
import { sizeText } from "./output/size_text.ts";
import { tableText } from "./output/table_text.ts";

interface CacheOptions {
  json?: boolean | undefined;
}

/** `crema cache`: what Crema keeps to be faster the next time, listed and removed. */
export function cacheCommand(): Command {
  const clean = new Command("clean")
    .description("remove them: all, or those of some kinds; what is needed is made again")
    .addArgument(new Argument("[kinds...]", "what to remove").choices(Object.keys(CACHE_KINDS)))
    .option("--json", "print one JSON array")
    .action(cleanAction);
  return new Command("cache")
    .description("list and remove what is kept to be faster the next time")
    .option("--json", "print one JSON array")
    .addCommand(clean)
    // A name that is none of the sub-commands' comes here.
    .argument("[command]")
    .usage("[options] [command]")
    .addHelpText(
      "after",
      `\nModules of layers by URL are in Deno's own cache: \`deno info\` says where, \`deno clean\` removes it.`,
    )
    .action((found: string | undefined, { json }: CacheOptions, command: Command) => {
      refuseSubcommand(found, command);
      list(findCaches(), json);
    });
}

function list(caches: readonly Cache[], json: boolean | undefined): void {
  if (json) return printOut(`${JSON.stringify(caches.map(jsonOf))}\n`);
  if (caches.length === 0) return printOut("Nothing is kept.\n");
  const rows = caches.map(({ kind, path, bytes, isRunning }) => [
    kind,
    sizeText(bytes),
    isRunning ? `${path} (running)` : path,
  ]);
  const total = caches.reduce((sum, { bytes }) => sum + bytes, 0);
  const kinds = [...new Set(caches.map(({ kind }) => kind))];
  printOut(
    `${tableText([{ title: "kind" }, { title: "size", align: "right" }, { title: "where" }], rows)}\n` +
      `${sizeText(total)} in all. ${
        kinds.map((kind) => `${kind}: ${CACHE_KINDS[kind]}.`).join(" ")
      }\ncrema cache clean removes all of it.\n`,
  );
}

function cleanAction(kinds: CacheKind[], _options: CacheOptions, command: Command): void {
  const { json } = command.optsWithGlobals<CacheOptions>();
  const wanted = findCaches().filter(({ kind }) => kinds.length === 0 || kinds.includes(kind));
  const cleaned = cleanCaches(wanted);
  if (json) {
    printOut(
      `${JSON.stringify(cleaned.map(({ cache, kept }) => ({ ...jsonOf(cache), kept: kept ?? null })))}\n`,
    );
  } else {
    const removed = cleaned.filter(({ kept }) => kept === undefined);
    const bytes = removed.reduce((sum, { cache }) => sum + cache.bytes, 0);
    for (const { cache: { path }, kept } of cleaned) {
      if (kept !== undefined) printOut(`kept ${path}: ${kept}\n`);
    }
    printOut(`removed ${counted(removed.length, "cache")}, ${sizeText(bytes)}\n`);
  }
  const failed = cleaned.find(({ cache, kept }) => kept !== undefined && cache.isRunning === false);
  if (failed !== undefined) {
    throw new CremaError(`Expected to remove what is kept but found: ${failed.kept}`, {
      file: failed.cache.path,
    });
  }
}

function jsonOf({ kind, path, bytes, isRunning }: Cache) {
  return { kind, path, bytes, running: isRunning ?? null };
}
