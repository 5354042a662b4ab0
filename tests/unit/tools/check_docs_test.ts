import { deepEqual } from "node:assert/strict";
import { join } from "node:path";
import { docFaults } from "../../../tools/check_docs.ts";

Deno.test("reports what has no doc comment, and nothing else", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const file = join(folder, "a.ts");
    await Deno.writeTextFile(
      file,
      `
/** Good. */
export class Good {
  /** A method. */
  method(): void {}
  #hidden = 1;
  private alsoHidden = 2;
  bad(): number { return this.#hidden + this.alsoHidden; }
}
export const bare = 1;
/** An interface. */
export interface Shape {
  sides: number;
  /** Said. */
  said: number;
}
function internal(): void {}
internal();
/** Two signatures, one comment. */
export function over(a: number): number;
export function over(a: string): string;
export function over(a: number | string): number | string { return a; }
`,
    );
    const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["doc", "--json", file] }).output();
    const output = JSON.parse(new TextDecoder().decode(stdout));
    const names = (members: boolean) => docFaults(output, members).map((fault) => fault.split(" ")[1]).sort();
    deepEqual(names(false), ["bare"]);
    deepEqual(names(true), ["Good.bad", "Shape.sides", "bare"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
