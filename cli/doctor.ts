import { Command } from "commander";
import { CremaError } from "../base/mod.ts";
import { Engine } from "../ffi/mod.ts";
import { checkMachine } from "./machine/checks.ts";
import { measureSpeed } from "./machine/speed.ts";
import { printOut } from "./output/print.ts";

/** `crema doctor`: what is installed, what is missing, how fast this machine is. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .description("check what is installed and what is missing, and measure how fast this machine is")
    .option("--no-speed", "measure nothing")
    .option("--json", "print one JSON object")
    .action(async (options: { speed: boolean; json?: boolean | undefined }) => await runDoctor(options));
}

async function runDoctor(options: { speed: boolean; json?: boolean | undefined }): Promise<void> {
  const checks = await checkMachine();
  const missing = checks.filter(({ state }) => state === "missing");
  const canMeasure = options.speed &&
    checks.some(({ name, state }) => name === "engine embedded" && state === "ok");
  if (!options.json) {
    const width = Math.max(...checks.map(({ name }) => name.length));
    const mark = { ok: "ok      ", optional: "optional", missing: "MISSING " };
    for (const { name, state, detail } of checks) {
      printOut(`${mark[state]}  ${name.padEnd(width)}  ${detail}\n`);
    }
  }
  const speed = canMeasure ? measureSpeed(Engine.open("embedded")) : undefined;
  if (options.json) {
    printOut(`${
      JSON.stringify({
        checks,
        speed: speed && {
          gflops: speed.gflops,
          gflops_one_thread: speed.gflopsOfOne,
          bandwidth_gb_per_second: speed.bandwidth,
        },
      })
    }\n`);
  } else if (speed !== undefined) {
    const { gflops, gflopsOfOne, bandwidth } = speed;
    printOut(
      `\nProducts of matrices: ${gflops.toFixed(0)} GFLOP/s, with one thread ${gflopsOfOne.toFixed(0)}\n` +
        `Memory:               ${bandwidth.toFixed(1)} GB/s in a copy\n`,
    );
  }
  if (missing.length === 0) return;
  throw new CremaError(
    `Expected everything that Crema needs but found no ${missing.map(({ name }) => name).join(", ")}`,
    { hint: "What to do is above." },
  );
}
