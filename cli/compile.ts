import { basename } from "node:path";
import { Command } from "commander";
import { CremaError } from "../base/mod.ts";
import { compile, type Compiled, type ProgramKind } from "../compile/compile.ts";
import { compileWithDenort } from "../compile/denort.ts";
import type { PermissionOptions } from "../compile/permissions.ts";
import { ProgramFile } from "../compile/program_file.ts";
import config from "../deno.json" with { type: "json" };
import { classifySettings } from "./classifier/classify_settings.ts";
import { addImageOptions, type ImageOptions } from "./options/image_options.ts";
import {
  addModuleOptions,
  addSetOption,
  addStateOptions,
  engineOptions,
  type NetCommandOptions,
} from "./options/net_command_options.ts";
import { collect, list } from "./options/option_values.ts";
import { addAllowMissingOption } from "./options/weights_options.ts";
import { printError, printOut } from "./output/print.ts";
import { counted } from "../base/counted.ts";

interface CompileCommandOptions extends PermissionOptions, ImageOptions, NetCommandOptions {
  output?: string | undefined;
  model?: string | undefined;
  weights?: string[] | undefined;
  allowMissing?: boolean | undefined;
  include?: string[] | undefined;
  verify?: string | undefined;
  sha256?: string | undefined;
  runtime: "deno" | "denort";
}

/** `crema compile`: makes one file that runs where nothing is installed. */
export function compileCommand(): Command {
  const command = new Command("compile")
    .description("pack Crema, Deno, the engine and a program into one file")
    .argument(
      "[script]",
      "your training script; without it and --model the file is the crema command itself",
    )
    .option("-o, --output <file>", "the file to write")
    .option(
      "--include <path>",
      "a module, a file or a whole folder that the script loads by a name made at run time; may be repeated",
      collect,
    )
    .option("--model <file>", "make a classifier from this deployment prototxt and its layers' modules")
    .option(
      "--weights <files>",
      "its files of weights (.caffemodel, .h5, .safetensors, .npz), separated by commas",
      list,
    );
  return addStateOptions(addModuleOptions(addSetOption(addImageOptions(addAllowMissingOption(command)))))
    .option("--allow-net [hosts]", "let it connect to these hosts, or to any")
    .option("--allow-import [hosts]", "let it import modules by URL at run time")
    .option(
      "--allow-read [paths]",
      "let it read these paths only (default: any; a classifier: none but its own)",
    )
    .option("--allow-write [paths]", "let it write these paths only (default: any; a classifier: none)")
    .option("--allow-run [programs]", "let it run programs")
    .option("--allow-all", "let it do everything")
    .option("--runtime <runtime>", "deno or denort", "deno")
    .option(
      "--verify <file>",
      "check a file that was made before, and print what is in it, instead of making one",
    )
    .option(
      "--sha256 <hash>",
      "with --verify: the hash that the file must have, as it was printed when it was made",
    )
    .addHelpText(
      "after",
      `
The file runs on Linux with glibc on this kind of machine (${Deno.build.arch}), and needs nothing else. At its first start it
unpacks itself into $XDG_CACHE_HOME/crema.

--runtime denort uses Deno's own \`deno compile\`, for a script. It needs denort, which Deno downloads. Such a file can import
only what was packed into it: the script itself must import the layers that a net names by path or URL. The engine and its
libraries must be on the machine that runs the file.`,
    )
    .action(async (script: string | undefined, options: CompileCommandOptions) => {
      if (options.verify !== undefined) return verify(options.verify, options.sha256);
      if (options.sha256 !== undefined) {
        throw new CremaError("Expected --verify with --sha256 but found none");
      }
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
  const { model, weights, include, allowMissing } = options;
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
  const settings = await classifySettings(model, options);
  const { labels, labelsFile } = settings, classifier = { ...engineOptions(options), ...settings.classifier };
  return {
    kind: "classifier",
    source: { net: model, weights, labels, labelsFile, allowMissing, options: classifier },
  };
}

function report(output: string, { size, sha256, manifest, permissions }: Compiled): void {
  printOut(`${output}: ${(size / 1e6).toFixed(1)} MB, ${counted(manifest.files.length, "file")}\n`);
  printOut(`SHA-256: ${sha256}\n`);
  printOut(`It may: ${permissions.join(" ")}\n`);
}

function verify(path: string, expected: string | undefined): void {
  if (expected !== undefined && !/^[\da-f]{64}$/i.test(expected)) {
    throw new CremaError(`Expected a SHA-256 of 64 hexadecimal digits but found '${expected}'`);
  }
  using program = new ProgramFile(path);
  const sha256 = program.verify(expected);
  const { files, arguments: args } = program.manifest;
  const unpacked = files.reduce((sum, { size }) => sum + size, 0);
  printOut(`${basename(path)}: complete and unchanged, SHA-256 ${sha256}\n`);
  printOut(
    `${counted(files.length, "file")}, ${
      (unpacked / 1e6).toFixed(1)
    } MB when unpacked; checked by crema ${config.version}\n`,
  );
  printOut(`It runs: ${args.join(" ")}\n`);
}
