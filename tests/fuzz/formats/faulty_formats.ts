import type { Format } from "./format.ts";

const faulty = (misbehave: () => void): Format => ({
  extension: ".faulty",
  files: new Map([["plain", new Uint8Array(8)]]),
  read: async (path) => {
    if ((await Deno.readFile(path)).some((byte) => byte !== 0)) misbehave();
  },
});

let kept: Uint8Array | undefined;

/** Formats whose readers do what readers must not do with a file that is damaged: to see that the fuzzer notices. */
export const faultyFormats: Readonly<Record<string, Format>> = {
  faulty_throws: faulty(() => {
    throw new TypeError("no CremaError");
  }),
  faulty_memory: faulty(() => kept ??= new Uint8Array(1.1 * 2 ** 30).fill(1)),
  faulty_hangs: faulty(() => {
    while (true);
  }),
  faulty_exits: faulty(() => Deno.exit(3)),
};
