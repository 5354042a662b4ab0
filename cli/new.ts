import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Argument, Command } from "commander";
import { CremaError } from "../base/mod.ts";
import { findHome } from "../compile/home.ts";
import config from "../deno.json" with { type: "json" };
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

function runNew(name: string, options: { loss?: boolean | undefined }): void {
  const names = layerNames(name);
  const isLoss = options.loss ?? names.file.endsWith("loss");
  const files = newFiles(names, isLoss);
  const map = importMap();
  if (map === "none") files.set("deno.json", `${JSON.stringify(denoConfig(), undefined, 2)}\n`);
  const there = [...files.keys()].filter((file) => existsSync(file));
  if (there.length > 0) {
    throw new CremaError(`Expected to write new files but found ${there.join(", ")} already`, {
      hint: "Choose another name, or move them away.",
    });
  }
  for (const [file, text] of files) Deno.writeTextFileSync(file, text, { createNew: true });
  const own = map === "other" ? `--config ${fileOf(new URL("../deno.json", import.meta.url))} ` : "";
  const { file } = names;
  printOut(`${[...files.keys()].map((each) => `wrote ${each}`).join("\n")}

Now:
  crema check ./${file}.ts
  deno test -A ${own}${file}_test.ts
  crema train --solver ${file}_solver.prototxt
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

/** Whether the deno.json that applies in this folder maps "crema", does not ("other"), or does not exist. */
function importMap(): "crema" | "other" | "none" {
  for (let folder = resolve("."), above = ""; folder !== above; above = folder, folder = dirname(folder)) {
    for (const name of ["deno.json", "deno.jsonc"]) {
      const path = join(folder, name);
      if (existsSync(path)) return /"crema"\s*:/.test(readFileSync(path, "utf8")) ? "crema" : "other";
    }
  }
  return "none";
}

/** A deno.json for layers outside this checkout: Deno resolves the imports of all modules with it, Crema's too. */
function denoConfig() {
  const { compilerOptions } = config;
  // The folder that npx put the package in may go away.
  if (findHome().isPackage) {
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
