import { basename } from "node:path";
import { Command } from "commander";
import { CremaError } from "../base/mod.ts";
import { compile, type Compiled, type ProgramKind } from "../compile/compile.ts";
import { compileWithDenort } from "../compile/denort.ts";
import type { PermissionOptions } from "../compile/permissions.ts";
import { ProgramFile } from "../compile/program_file.ts";
import config from "../deno.json" with { type: "json" };
import { readLabels } from "./classifier/read_labels.ts";
import { addImageOptions, type ImageOptions, imageOptions } from "./options/image_options.ts";
import {
  addModuleOptions,
  addStateOptions,
  engineOptions,
  type NetCommandOptions,
} from "./options/net_command_options.ts";
import { collect, list } from "./options/option_values.ts";
import { printError, printOut } from "./output/print.ts";

interface CompileCommandOptions extends PermissionOptions, ImageOptions, NetCommandOptions {
  output?: string | undefined;
  model?: string | undefined;
  weights?: string[] | undefined;
  include?: string[] | undefined;
  verify?: string | undefined;
  runtime: "deno" | "denort";
}

/** `crema compile`: makes one file that runs where nothing is installed. */
export function compileCommand(): Command {
  const command = new Command("compile")
    .description("make one file of Crema, Deno, the engine and a program")
    .argument(
      "[script]",
      "your training script; without it and without --model the file is the crema command itself",
    )
    .option("-o, --output <file>", "the file to write")
    .option(
      "--include <path>",
      "a module or file, or all of a folder, that the script takes by a name made at run time; may be repeated",
      collect,
    )
    .option("--model <file>", "make a classifier of this deployment prototxt, and of its layers' modules")
    .option("--weights <files>", "its .caffemodel; several are separated by commas", list);
  return addStateOptions(addModuleOptions(addImageOptions(command)))
    .option("--allow-net [hosts]", "let it reach hosts")
    .option("--allow-import [hosts]", "let it import modules by URL at run time")
    .option("--allow-read [paths]", "instead of reading anything")
    .option("--allow-write [paths]", "instead of writing anything (a classifier: nothing)")
    .option("--allow-run [programs]", "let it run programs")
    .option("--allow-all", "let it do everything")
    .option("--runtime <runtime>", "deno (the default), or denort", "deno")
    .option("--verify <file>", "instead of making a file, check one, and tell what is in it")
    .addHelpText(
      "after",
      `
The file needs Linux of this machine's kind (${Deno.build.arch}) with glibc, and nothing else. At its first start it unpacks
itself into $XDG_CACHE_HOME/crema.

--runtime denort is Deno's own \`deno compile\`, for a script. It needs denort, which Deno downloads; such a file can import
only what was baked in, so that layers by path or URL must be imported by the script itself, and the engine and its
libraries must be on the machine that it runs on.`,
    )
    .action(async (script: string | undefined, options: CompileCommandOptions) => {
      if (options.verify !== undefined) return verify(options.verify);
      if (options.runtime !== "deno" && options.runtime !== "denort") {
        throw new CremaError(`Expected the runtime deno or denort but found '${options.runtime}'`);
      }
      if (options.output === undefined) {
        throw new CremaError("Expected -o with the file to write but found none");
      }
      await make(script, options.output, options);
    });
}

async function make(
  script: string | undefined,
  output: string,
  options: CompileCommandOptions,
): Promise<void> {
  if (options.runtime === "denort") {
    if (script === undefined || options.model !== undefined) {
      const found = options.model === undefined ? "none" : `--model ${options.model}`;
      throw new CremaError(`Expected a script for --runtime denort but found ${found}`);
    }
    return await compileWithDenort(script, output, options);
  }
  const program = await programKind(script, options);
  const compiled = await compile({
    ...options,
    output,
    program,
    onProgress: (step) => printError(`${step}\n`),
  });
  report(output, compiled);
}

async function programKind(
  script: string | undefined,
  options: CompileCommandOptions,
): Promise<ProgramKind> {
  const { model, weights, include } = options;
  if (include !== undefined && script === undefined) {
    throw new CremaError("Expected a script with --include but found none");
  }
  if (model === undefined) {
    if (weights !== undefined) throw new CremaError("Expected --model with --weights but found none");
    return script === undefined ? { kind: "command" } : { kind: "script", script, include };
  }
  if (script !== undefined) {
    throw new CremaError(`Expected a script or --model but found both '${script}' and '${model}'`);
  }
  if (weights === undefined) throw new CremaError("Expected --weights with --model but found none");
  const labels = options.labels === undefined ? [] : await readLabels(options.labels);
  const classifier = { ...engineOptions(options), ...imageOptions(options) };
  return { kind: "classifier", source: { net: model, weights, labels, options: classifier } };
}

function report(output: string, { size, manifest, permissions }: Compiled): void {
  printOut(`${output}: ${(size / 1e6).toFixed(1)} MB, ${manifest.files.length} files\n`);
  printOut(`It may: ${permissions.join(" ")}\n`);
}

function verify(path: string): void {
  using program = new ProgramFile(path);
  program.verify();
  const { files, arguments: args } = program.manifest;
  const unpacked = files.reduce((sum, { size }) => sum + size, 0);
  printOut(`${basename(path)}: complete and unchanged, SHA-256 ${program.trailer.sha256}\n`);
  printOut(
    `${files.length} files, ${
      (unpacked / 1e6).toFixed(1)
    } MB when unpacked; checked by crema ${config.version}\n`,
  );
  printOut(`It runs: ${args.join(" ")}\n`);
}
