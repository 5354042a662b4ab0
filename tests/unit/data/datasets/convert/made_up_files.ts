import sharp from "sharp";

/** Numbers that are the same at every run, from 0 to 255. */
function bytes(seed: number, length: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state >>> 24;
  });
}

/** Writes `img/` with four files, of which one is no image, and `list.txt`. */
export async function writeImages(folder: string): Promise<void> {
  Deno.mkdirSync(`${folder}/img`);
  const sizes = [["a b.png", 9, 7, 3], ["gray.png", 8, 6, 1], ["alpha.png", 5, 5, 4]] as const;
  for (const [i, [name, width, height, channels]] of sizes.entries()) {
    const image = sharp(bytes(i + 1, width * height * channels), { raw: { width, height, channels } });
    if (channels === 1) image.toColourspace("b-w");
    await image.png().toFile(`${folder}/img/${name}`);
  }
  Deno.writeTextFileSync(`${folder}/img/bad.png`, "no image");
  Deno.writeTextFileSync(`${folder}/list.txt`, "a b.png 3\ngray.png 0\nbad.png 1\nalpha.png 70000\n");
}

/** Writes `images.idx`, six images of 3x4, and `labels.idx`. */
export function writeIdx(folder: string): void {
  const four = (value: number) => [0, 0, 0, value];
  const pixels = Array.from({ length: 72 }, (_, i) => i * 3);
  const header = [0, 0, 8, 3, ...four(6), ...four(3), ...four(4)];
  Deno.writeFileSync(`${folder}/images.idx`, Uint8Array.from([...header, ...pixels]));
  Deno.writeFileSync(`${folder}/labels.idx`, Uint8Array.from([0, 0, 8, 1, ...four(6), 1, 0, 1, 2, 0, 1]));
}

/** Writes CIFAR-10's six files, of two records each: the label is the record's number, every pixel ten times that. */
export function writeCifar(folder: string): void {
  const names = [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`);
  for (const [file, name] of [...names, "test_batch.bin"].entries()) {
    const batch = new Uint8Array(2 * 3073);
    for (const record of [0, 1]) {
      batch.fill(10 * (2 * file + record), record * 3073, (record + 1) * 3073);
      batch[record * 3073] = 2 * file + record;
    }
    Deno.writeFileSync(`${folder}/${name}`, batch);
  }
}
