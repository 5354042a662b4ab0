import { deepEqual, ok } from "node:assert/strict";
import { Engine } from "../../../ffi/engine.ts";

Deno.test("the engine's library exports the functions of crema.h and nothing else", async () => {
  const { stdout, success } = await new Deno.Command("nm", {
    args: ["--dynamic", "--defined-only", "--format=posix", Engine.open("embedded").path],
  }).output();
  ok(success);
  const exported = new TextDecoder().decode(stdout).trim().split("\n").map((line) => line.split(" ")[0]);

  const header = await Deno.readTextFile(new URL("../../../ffi/crema.h", import.meta.url));
  const declared = [...header.matchAll(/^CREMA_EXPORT [^;(]*?\b(crema_\w+)\(/gm)].map(([, name]) => name);
  ok(declared.length > 50);
  deepEqual(exported.toSorted(), declared.toSorted());
});
