import { Command } from "commander";
import { checkDestination } from "../../base/check_destination.ts";
import { writeWhole } from "../../base/write_whole.ts";
import { type Backend, imageMean, meanFileOf } from "../../data/mod.ts";
import { floatText } from "../../train/log/float_text.ts";
import { printOut } from "../output/print.ts";
import { addBackendOption, runConversion } from "./convert_command.ts";
import { counted } from "../../base/counted.ts";

/** `crema dataset mean`: Caffe's compute_image_mean. */
export function meanCommand(): Command {
  const command = new Command("mean")
    .description("compute the mean image of a database (Caffe's compute_image_mean)")
    .argument("<database>", "an LMDB or a LevelDB")
    .argument("[out]", "the .binaryproto to write, for mean_file and --mean-file")
    .option("--json", "print one JSON object");
  return addBackendOption(command).action(
    async (database: string, out: string | undefined, options: { backend: Backend; json?: boolean }) =>
      await runConversion(async ({ line, signal }) => {
        if (out !== undefined) checkDestination(out, "mean image");
        const mean = await imageMean(database, {
          backend: options.backend,
          signal,
          onProgress: (done, total) => line.update(`Reading ${database}`, done, total),
        });
        if (out !== undefined) await writeWhole(out, () => meanFileOf(mean), "mean image");
        const { count, shape, channels } = mean;
        if (options.json) {
          printOut(`${JSON.stringify({ records: count, ...shape, mean_value: channels, file: out })}\n`);
          return;
        }
        if (out !== undefined) printOut(`${out}: mean of ${counted(count, "image")}\n`);
        printOut(`Number of channels: ${channels.length}\n`);
        for (const [c, value] of channels.entries()) {
          printOut(`mean_value channel [${c}]: ${floatText(value)}\n`);
        }
      }),
  );
}
