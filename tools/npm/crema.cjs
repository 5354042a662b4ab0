#!/usr/bin/env node
// deno-lint-ignore-file no-console -- a command speaks to its user

// `npx crema`: runs the command on Deno, which does what Node.js can't: FFI with callbacks, and modules by URL. The deno on
// the PATH is used if it is new enough; otherwise npx fetches the version that Crema is tested with.
"use strict";

const { spawn, spawnSync } = require("node:child_process");
const { existsSync, readFileSync } = require("node:fs");
const { dirname, join, resolve } = require("node:path");

const { deno: tested } = require("./crema.json");
const root = dirname(__dirname);

function isNewEnough(version) {
  const [major, minor] = version.split(".").map(Number);
  const [wantedMajor, wantedMinor] = tested.split(".").map(Number);
  return major === wantedMajor && minor >= wantedMinor;
}

function denoCommand() {
  const { stdout } = spawnSync("deno", ["--version"], { encoding: "utf8" });
  const version = /^deno (\d+\.\d+\.\d+)/.exec(stdout ?? "")?.[1];
  return version !== undefined && isNewEnough(version) ? ["deno"] : ["npx", "-y", `deno@${tested}`];
}

// The user's own deno.json is used if it maps "crema", which layers import.
function configFile() {
  for (let folder = resolve("."), above = ""; folder !== above; above = folder, folder = dirname(folder)) {
    for (const name of ["deno.json", "deno.jsonc"]) {
      const path = join(folder, name);
      if (existsSync(path)) {
        return /"crema"\s*:/.test(readFileSync(path, "utf8")) ? path : join(root, "deno.json");
      }
    }
  }
  return join(root, "deno.json");
}

const [command, ...before] = denoCommand();
const flags = ["run", "--allow-all", "--no-lock", "--config", configFile()];
const child = spawn(command, [...before, ...flags, join(root, "cli", "main.js"), ...process.argv.slice(2)], {
  stdio: "inherit",
});
child.on("error", (error) => {
  console.error(`error: Expected to run ${command} but found: ${error.message}`);
  process.exitCode = 1;
});
// A terminal sends Ctrl-C to the child as well, which writes its snapshot first.
process.on("SIGINT", () => {});
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => {
  if (signal === null) process.exitCode = code;
  else {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  }
});
