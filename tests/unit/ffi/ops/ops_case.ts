import { Engine } from "../../../../ffi/engine.ts";
import type { Floats, Ops } from "../../../../ffi/ops/mod.ts";
import { libcaffeTest } from "../libcaffe/built.ts";

/** Registers a test of vector math on every engine. */
export function opsTest(name: string, run: (ops: Ops, engine: Engine) => void | Promise<void>): void {
  const on = (engine: Engine) => run(engine.ops, engine);
  Deno.test(`ops, embedded: ${name}`, () => on(Engine.open("embedded")));
  libcaffeTest(`ops, libcaffe: ${name}`, () => on(Engine.open("libcaffe")));
}

/** `n` numbers around 0, `offset` values into their buffer. */
export function made(n: number, salt: number, offset = 0): Floats {
  return Float32Array.from({ length: offset + n }, (_, i) => 2 * Math.sin(i * i + 3 * i + salt))
    .subarray(offset);
}
