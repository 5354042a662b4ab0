/**
 * `deno task ok`: everything that must hold before a commit: format, lint, types, imports, doc comments, the
 * generated messages, then all tests. With `--no-tests` it stops before the tests.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- a command speaks to its user

import { caffeSchema } from "./caffe_proto.ts";
import { checkDocs } from "./check_docs.ts";
import { checkImports } from "./check_imports.ts";
import { checkIncludes } from "./check_includes.ts";
import { engineSchema } from "./engine_schema.ts";
import { formatted, generateMessages } from "./generate_messages.ts";
import { buildRequirements, checkRequirements, SetupError } from "./requirements.ts";
import { root } from "./root.ts";
import { setup } from "./setup.ts";
import { sourceFiles } from "./source_files.ts";

/** A file with more lines is usually two. */
const longFile = 400;

/** Runs a program in the root, and shows its output; returns whether it succeeded. */
async function run(program: string, ...args: string[]): Promise<boolean> {
  const child = new Deno.Command(program, { args, cwd: root, stdin: "null" }).spawn();
  return (await child.status).success;
}

const deno = (...args: string[]) => run(Deno.execPath(), ...args);

async function clangFormat(): Promise<boolean> {
  const files = await sourceFiles(root, [".cc", ".h"]);
  return files.length === 0 || await run("clang-format", "--dry-run", "-Werror", ...files);
}

async function generatedFilesAreCurrent(): Promise<boolean> {
  const expected = {
    "proto/messages.ts": await formatted(generateMessages()),
    "proto/caffe.schema": caffeSchema(),
    "engine/caffe.proto": await engineSchema(),
  };
  let current = true;
  for (const [path, text] of Object.entries(expected)) {
    if (await Deno.readTextFile(`${root}/${path}`) === text) continue;
    console.error(
      `${path} does not match proto/caffe.proto and the engine's sources: run \`deno task proto\``,
    );
    current = false;
  }
  return current;
}

/** Only a warning: length is a sign, not a fault. */
async function fileLengths(): Promise<boolean> {
  for (const file of await sourceFiles(root, [".ts", ".cc", ".h"])) {
    const text = await Deno.readTextFile(`${root}/${file}`);
    const lines = text.split("\n").length - 1;
    if (lines > longFile && !text.startsWith("// Generated")) {
      console.log(`warning: ${file} has ${lines} lines`);
    }
  }
  return true;
}

async function main(): Promise<void> {
  try {
    await setup([...buildRequirements, ...checkRequirements]);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    Deno.exit(1);
  }
  const checks: [name: string, check: () => Promise<boolean>][] = [
    ["format", () => deno("fmt", "--check", "--quiet")],
    ["C++ format", clangFormat],
    ["lint", () => deno("lint", "--quiet")],
    ["types", () => deno("check", "--quiet", ".")],
    ["imports", checkImports],
    ["includes", checkIncludes],
    ["doc comments", checkDocs],
    ["generated messages", generatedFilesAreCurrent],
    ["file lengths", fileLengths],
  ];
  const failed: string[] = [];
  for (const [name, check] of checks) {
    console.log(`== ${name}`);
    if (!await check()) failed.push(name);
  }
  if (failed.length > 0) {
    console.error(`\nExpected every check to pass but these failed: ${failed.join(", ")}`);
  } else console.log("\nEvery check passed");
  const tested = Deno.args.includes("--no-tests") || await deno("task", "--quiet", "test");
  Deno.exit(failed.length === 0 && tested ? 0 : 1);
}

if (import.meta.main) await main();
