import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { provideMnist } from "./mnist.ts";
import { inFolder, ROOT } from "./run_crema.ts";

/** Mutations may take long on a busy machine, but not this long. */
const LIMIT_MS = 300_000;

/** Runs 200 mutations of a kind in another process, and returns their outcomes. */
async function mutate(kind: "malformed" | "odd"): Promise<{ refused: number; ran: number }> {
  await provideMnist();
  let seen = { refused: 0, ran: 0 };
  await inFolder(async (folder) => {
    const file = `${folder}/mutation`;
    const script = fileURLToPath(new URL("mutate_nets.ts", import.meta.url));
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--config", `${ROOT}deno.json`, script, kind, "1701", "200", file],
      cwd: ROOT,
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const timer = setTimeout(() => child.kill("SIGKILL"), LIMIT_MS);
    const { code, signal, stdout, stderr } = await child.output();
    clearTimeout(timer);
    const last = () => `\n${new TextDecoder().decode(stderr)}\nThe mutation:\n${Deno.readTextFileSync(file)}`;
    assert.equal(signal, null, `Expected no crash and no hang but found ${signal}${last()}`);
    assert.equal(code, 0, last());
    seen = JSON.parse(new TextDecoder().decode(stdout));
    assert.equal(seen.refused + seen.ran, 200);
  });
  return seen;
}

Deno.test("200 malformed prototxts: each is a CremaError or a valid net; no crash, no hang", async () => {
  const { refused, ran } = await mutate("malformed");
  assert.ok(refused >= 150 && ran > 0, `${refused} refused, ${ran} ran`);
});

Deno.test("200 odd nets that parse: each is a CremaError or runs; no crash, no hang", async () => {
  const { refused, ran } = await mutate("odd");
  assert.ok(refused >= 50 && ran >= 20, `${refused} refused, ${ran} ran`);
});
