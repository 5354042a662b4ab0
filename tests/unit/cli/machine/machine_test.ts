import assert from "node:assert/strict";
import { check, checkMachine } from "../../../../cli/machine/checks.ts";
import { findEngines } from "../../../../cli/machine/engines.ts";
import { machineMemory, parseProcessor, processor } from "../../../../cli/machine/processor.ts";
import { measureSpeed } from "../../../../cli/machine/speed.ts";
import { CremaError } from "../../../../base/mod.ts";
import { Engine } from "../../../../ffi/mod.ts";

Deno.test("a processor has as many cores as pairs of package and core", () => {
  const one = (processor: number, core: number) =>
    `processor\t: ${processor}\nmodel name\t: X\nphysical id\t: 0\ncore id\t\t: ${core}\nflags\t\t: avx avx2 avx512f\n\n`;
  const text = [one(0, 0), one(1, 0), one(2, 1), one(3, 1)].join("");
  assert.deepEqual(parseProcessor(text, 4), {
    name: "X",
    threads: 4,
    cores: 2,
    instructions: ["AVX", "AVX2", "AVX-512"],
  });
  const arm = parseProcessor("processor : 0\nFeatures : fp asimd sve\n", 1);
  assert.deepEqual([arm.cores, arm.instructions], [undefined, ["NEON", "SVE"]]);
});

Deno.test("this machine has a processor, memory and an engine", () => {
  assert.ok(processor().threads >= 1);
  const { total, available } = machineMemory();
  assert.ok(total > 0 && available > 0 && available <= total);
  const [embedded, , other] = findEngines("./no/such/library.so");
  assert.ok(embedded !== undefined && "version" in embedded && embedded.layerTypes > 50);
  assert.ok(other !== undefined && "missing" in other && /found no such file/.test(other.missing));
});

Deno.test("checks tell what is missing, and whether it matters", async () => {
  const fail = () => Promise.reject(new CremaError("Expected x but found none"));
  assert.deepEqual(await check("x", "missing", fail), {
    name: "x",
    state: "missing",
    detail: "Expected x but found none",
  });
  const checks = await checkMachine();
  assert.deepEqual(checks.filter(({ state }) => state === "missing"), []);
  assert.ok(checks.some(({ name, detail }) => name === "Graphviz" && /draws nets/.test(detail)));
});

Deno.test("a measurement gives positive numbers, and leaves the number of threads", () => {
  const engine = Engine.open("embedded"), { threads } = engine;
  const { gflops, gflopsOfOne, bandwidth } = measureSpeed(engine, 1);
  assert.ok(gflops > 0 && gflopsOfOne > 0 && bandwidth > 0);
  assert.equal(engine.threads, threads);
});
