/**
 * `deno task release`: makes everything for a release, in build/release: the compiled command for this platform, the npm packages as
 * tarballs, and the SHA-256 of each.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- a command speaks to its user

import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { compile } from "../compile/compile.ts";
import config from "../deno.json" with { type: "json" };
import { npmPackages, packNpmPackage } from "./npm/npm_packages.ts";
import { root } from "./root.ts";

const out = join(root, "build/release");

/** Makes the release. Throws an Error. */
async function release(): Promise<void> {
  await Deno.remove(out, { recursive: true }).catch(() => {}); // it may not be there
  await Deno.mkdir(out, { recursive: true });
  await checkChangelog();
  const arch = Deno.build.arch === "aarch64" ? "arm64" : "x64";
  const command = join(out, `crema-${config.version}-${Deno.build.os}-${arch}`);
  await compile({ output: command, program: { kind: "command" }, onProgress: (step) => console.error(step) });
  console.error("Making npm packages");
  const packed: string[] = [];
  for (const folder of await npmPackages(join(root, "build/npm"))) {
    packed.push(await packNpmPackage(folder, out));
  }
  const sums = [command, ...packed].map((path) => {
    const sum = createHash("sha256").update(Deno.readFileSync(path)).digest("hex");
    const size = (Deno.statSync(path).size / 1e6).toFixed(1);
    console.log(`${path}: ${size} MB`);
    return `${sum}  ${basename(path)}\n`;
  });
  await Deno.writeTextFile(join(out, "SHA256SUMS"), sums.join(""));
}

/** A version that the changelog does not mention is not released. */
async function checkChangelog(): Promise<void> {
  const text = await Deno.readTextFile(join(root, "CHANGELOG.md"));
  if (text.includes(`\n## [${config.version}]`)) return;
  throw new Error(
    `Expected CHANGELOG.md to have a section [${config.version}], deno.json's version, but found none`,
  );
}

if (import.meta.main) {
  try {
    await release();
  } catch (error) {
    console.error(`error: ${(error as Error).message}`);
    Deno.exit(1);
  }
}
