import { Command } from "commander";
import { findEngines } from "./machine/engines.ts";
import { machineMemory, processor } from "./machine/processor.ts";
import { printOut } from "./output/print.ts";
import { counted } from "../base/counted.ts";

/** `crema devices`: what computes here. The counterpart of `caffe device_query`. */
export function devicesCommand(): Command {
  return new Command("devices")
    .description("show the processor, its instruction sets, memory and the engines (caffe device_query)")
    .option("--engine <engine>", "look at this engine too: the path of a library")
    .option("--json", "print one JSON object")
    .action((options: { engine?: string | undefined; json?: boolean | undefined }) => {
      const cpu = processor(), memory = machineMemory(), engines = findEngines(options.engine);
      if (options.json) {
        printOut(`${JSON.stringify({ processor: cpu, memory, engines })}\n`);
        return;
      }
      const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
      const rows = [
        ["Processor", cpu.name],
        ["Threads", `${cpu.threads}${cpu.cores === undefined ? "" : ` (${cpu.cores} cores)`}`],
        ["Instructions", cpu.instructions.join(", ")],
        ["Memory", `${gigabytes(memory.total)}, ${gigabytes(memory.available)} available`],
        ...engines.map((engine) => [
          `Engine ${engine.name}`,
          "missing" in engine
            ? engine.missing
            : `${engine.version}; ${counted(engine.threads, "thread")}, ${engine.layerTypes} layer types`,
        ]),
        ["Graphics", "not used: Crema computes on the processor"],
      ];
      const width = Math.max(...rows.map(([name]) => name!.length));
      printOut(rows.map(([name, text]) => `${name!.padEnd(width)}  ${text}\n`).join(""));
    });
}
