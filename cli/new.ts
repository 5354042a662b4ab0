import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Argument, Command } from "commander";
import { CremaError } from "../base/mod.ts";
import { findHome, type Home } from "../compile/home.ts";
import config from "../deno.json" with { type: "json" };
import { formatFiles } from "./new_layer/format_files.ts";
import { type LayerNames, layerNames } from "./new_layer/layer_names.ts";
import { layerSource } from "./new_layer/layer_source.ts";
import { netSource, solverSource } from "./new_layer/net_source.ts";
import { testSource } from "./new_layer/test_source.ts";
import { printOut } from "./output/print.ts";

/** The package that layers check their parameters with, for projects that take Crema from npm. */
const ZOD = "npm:zod@^4.6.7";

/** `crema new`: writes files to start from. */
export function newCommand(): Command {
  return new Command("new")
    .description("write a layer to start from, its test, and a net that trains with it")
    .addArgument(new Argument("<what>", "what to write").choices(["layer"]))
    .argument("<name>", "its name, such as center_loss or CenterLoss")
    .option("--loss", "make it a loss (default if the name ends in loss)")
    .action((_what: string, name: string, options: { loss?: boolean | undefined }) => runNew(name, options));
}

async function runNew(name: string, options: { loss?: boolean | undefined }): Promise<void> {
  const names = layerNames(name);
  const isLoss = options.loss ?? names.file.endsWith("loss");
  const files = newFiles(names, isLoss);
  const home = findHome(), map = importMap(home);
  if (map === "none") files.set("deno.json", `${JSON.stringify(denoConfig(home), undefined, 2)}\n`);
  const there = [...files.keys()].filter((file) => existsSync(file));
  if (there.length > 0) {
    throw new CremaError(`Expected to write new files but found ${there.join(", ")} already`, {
      hint: "Choose another name, or move them away.",
    });
  }
  for (const [file, text] of files) Deno.writeTextFileSync(file, text, { createNew: true });
  await formatFiles([...files.keys()].filter((each) => /\.(?:ts|json)$/.test(each)));
  const own = map === "other" ? `--config ${fileOf(new URL("../deno.json", import.meta.url))} ` : "";
  // In a project of npm's Deno finds types in node_modules only, and the test needs Node.js'.
  const check = home.isPackage && map !== "none" && !existsSync("node_modules/@types/node")
    ? "--no-check "
    : "";
  const { file } = names, { crema, deno } = commands(home);
  printOut(`${[...files.keys()].map((each) => `wrote ${each}`).join("\n")}

Now:
  ${crema} check ./${file}.ts
  ${deno} test -A ${check}${own}${file}_test.ts
  ${crema} train --solver ${file}_solver.prototxt
`);
}

function newFiles(names: LayerNames, isLoss: boolean): Map<string, string> {
  const { file } = names;
  return new Map([
    [`${file}.ts`, layerSource(names, isLoss)],
    [`${file}_test.ts`, testSource(names, isLoss)],
    [`${file}_net.prototxt`, netSource(names, isLoss)],
    [`${file}_solver.prototxt`, solverSource(names)],
  ]);
}

/** How a user of this Crema runs it, and Deno: who has it by npx may have neither. */
function commands({ root, isPackage }: Home): { crema: string; deno: string } {
  if (!isPackage) return { crema: "crema", deno: "deno" };
  const { deno } = JSON.parse(readFileSync(join(root, "bin/crema.json"), "utf8")) as { deno: string };
  return { crema: "npx crema", deno: `npx -y deno@${deno}` };
}

/**
 * Whether the deno.json that applies in this folder maps "crema", does not ("other"), or does not exist. Below a folder whose
 * node_modules have this package, none is needed.
 */
function importMap({ root, isPackage }: Home): "crema" | "other" | "none" {
  for (let folder = resolve("."), above = ""; folder !== above; above = folder, folder = dirname(folder)) {
    for (const name of ["deno.json", "deno.jsonc"]) {
      const path = join(folder, name);
      if (existsSync(path)) return /"crema"\s*:/.test(readFileSync(path, "utf8")) ? "crema" : "other";
    }
    if (isPackage && isProjectOf(folder, root)) return "crema";
  }
  return "none";
}

/** Whether a folder is that of a project that has the package among its own. */
function isProjectOf(folder: string, root: string): boolean {
  const own = join(folder, "node_modules/crema");
  return existsSync(join(folder, "package.json")) && existsSync(own) &&
    Deno.realPathSync(own) === Deno.realPathSync(root);
}

/** A deno.json for layers outside this checkout: Deno resolves the imports of all modules with it, Crema's too. */
function denoConfig({ isPackage }: Home) {
  const { compilerOptions } = config;
  // The folder that npx put the package in may go away.
  if (isPackage) {
    const name = `npm:crema@${config.version}`;
    return { imports: { crema: name, "crema/layers": `${name}/layers`, zod: ZOD }, compilerOptions };
  }
  const imports = Object.entries(config.imports).map(([name, target]) => [
    name,
    target.startsWith(".") ? new URL(`../${target}`, import.meta.url).href : target,
  ]);
  return { imports: Object.fromEntries(imports), compilerOptions };
}

function fileOf(url: URL): string {
  return url.protocol === "file:" ? fileURLToPath(url) : url.href;
}
