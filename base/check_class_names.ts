import { CremaError } from "./error.ts";

/** Throws a CremaError unless there are as many names as a net has classes; `file` is where the names come from. */
export function checkClassNames(names: number, classes: number, file?: string): void {
  if (names === classes) return;
  const expected = `${classes} name${classes === 1 ? "" : "s"}`;
  throw new CremaError(`Expected ${expected} of classes, one per output of the net, but found ${names}`, {
    file,
    hint: "Are they those of another net?",
  });
}
