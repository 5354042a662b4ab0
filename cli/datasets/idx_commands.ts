import { Command } from "commander";
import { type Backend, convertCifar10, convertIdx, convertPairs } from "../../data/mod.ts";
import { integer } from "../options/option_values.ts";
import { printOut } from "../output/print.ts";
import { addBackendOption, runConversion } from "./convert_command.ts";
import { counted } from "../../base/counted.ts";

/** `crema dataset cifar10`: Caffe's convert_cifar_data. */
export function cifar10Command(): Command {
  const command = new Command("cifar10")
    .description("write CIFAR-10's databases from its binary files (Caffe's convert_cifar_data)")
    .argument("<from>", "the folder with data_batch_1.bin … and test_batch.bin")
    .argument("<out>", "the folder for the databases");
  return addBackendOption(command).action(
    async (from: string, out: string, { backend }: { backend: Backend }) =>
      await runConversion(async ({ line, signal }) => {
        const folders = await convertCifar10({
          from,
          out,
          backend,
          signal,
          onProgress: (done, total) => line.update(`Writing ${out}`, done, total),
        });
        for (const folder of folders) printOut(`cifar10: ${folder}\n`);
      }),
  );
}

/** `crema dataset pairs`: Caffe's convert_mnist_siamese_data. */
export function pairsCommand(): Command {
  const command = new Command("pairs")
    .description("write pairs of images for siamese nets (Caffe's convert_mnist_siamese_data)")
    .argument("<images>", "an IDX file of images, plain or gzipped")
    .argument("<labels>", "the IDX file of their labels")
    .argument("<out>", "the folder for the database")
    .option("--seed <n>", "random seed for the pairs", integer, 0);
  return addBackendOption(command, "leveldb").action(
    async (images: string, labels: string, out: string, options: { backend: Backend; seed: number }) =>
      await runConversion(async ({ line, signal }) => {
        const onProgress = (done: number, total: number) =>
          line.update(`Writing ${out}`, done, total, "pairs");
        const count = await convertPairs({ images, labels, out, ...options, signal, onProgress });
        printOut(`${out}: ${counted(count, "pair")}\n`);
      }),
  );
}

/** Caffe's convert_mnist_data: what `crema dataset mnist` does with files. */
export async function runConvertIdx(
  files: readonly [string, string, string],
  backend: Backend,
): Promise<void> {
  const [images, labels, out] = files;
  await runConversion(async ({ line, signal }) => {
    const onProgress = (done: number, total: number) => line.update(`Writing ${out}`, done, total);
    const count = await convertIdx({ images, labels, out, backend, signal, onProgress });
    printOut(`${out}: ${counted(count, "record")}\n`);
  });
}
