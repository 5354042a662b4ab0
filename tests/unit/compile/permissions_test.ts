import assert from "node:assert/strict";
import { permissionFlags } from "../../../compile/permissions.ts";

Deno.test("programs get the permissions that they need", () => {
  const command = permissionFlags("command", {}), script = permissionFlags("script", {});
  assert.deepEqual(command.filter((flag) => !script.includes(flag)), ["--allow-run"]);
  assert.ok(script.includes("--allow-read") && script.includes("--no-remote"));
  const classifier = permissionFlags("classifier", {});
  assert.ok(classifier.includes("--allow-read={root}"));
  assert.ok(classifier.includes("--allow-net=127.0.0.1,localhost"));
  assert.ok(!classifier.some((flag) => /write|run|import/.test(flag)));
});

Deno.test("given permissions are added to needed ones, and narrow those that are not needed", () => {
  const classifier = permissionFlags("classifier", { allowNet: "0.0.0.0", allowRead: "/data" });
  assert.ok(classifier.includes("--allow-net=127.0.0.1,localhost,0.0.0.0"));
  assert.ok(classifier.includes("--allow-read={root},/data"));
  assert.ok(permissionFlags("classifier", { allowNet: true }).includes("--allow-net"));
  const script = permissionFlags("script", {
    allowRead: "/data",
    allowWrite: "/out",
    allowImport: "example.org",
  });
  assert.ok(script.includes("--allow-read={root},/data") && script.includes("--allow-write=/out"));
  assert.ok(script.includes("--allow-import=example.org"));
  assert.ok(!script.includes("--no-remote"));
  assert.deepEqual(permissionFlags("script", { allowAll: true, allowNet: "x" }), ["--allow-all"]);
});
