import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { CremaError } from "../../../base/mod.ts";
import { SnapshotLock } from "../../../train/snapshot_lock.ts";
import { root } from "../../../tools/root.ts";

async function inFolder(run: (prefix: string) => Promise<void> | void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(`${folder}/lenet`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a prefix is locked for one training, and free after it", () =>
  inFolder((prefix) => {
    {
      using _lock = SnapshotLock.take(prefix);
      assert.throws(
        () => SnapshotLock.take(prefix),
        (error: unknown) =>
          error instanceof CremaError &&
          error.message.includes(`another training that writes there, process ${Deno.pid}`),
      );
      using _other = SnapshotLock.take(`${prefix}_script`);
    }
    assert.ok(!existsSync(`${prefix}_iter.lock`));
    using _again = SnapshotLock.take(prefix);
  }));

Deno.test("a process that is killed leaves its prefix free", () =>
  inFolder(async (prefix) => {
    const script = `import { SnapshotLock } from "${root}/train/snapshot_lock.ts";
      SnapshotLock.take(${JSON.stringify(prefix)}); console.log("taken"); setInterval(() => {}, 1000);`;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--config", `${root}/deno.json`, "-"],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(script));
    await writer.close();
    const reader = child.stdout.getReader();
    await reader.read();
    assert.throws(() => SnapshotLock.take(prefix), new RegExp(`process ${child.pid}`));
    child.kill("SIGKILL");
    await reader.cancel();
    await child.status;
    using _lock = SnapshotLock.take(prefix);
  }));
