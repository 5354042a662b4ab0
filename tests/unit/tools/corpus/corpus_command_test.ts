import assert from "node:assert/strict";
import { join } from "node:path";
import { root } from "../../../../tools/root.ts";

/** Runs the command as a user does. Returns its status, and what it wrote. */
async function corpus(...args: string[]): Promise<{ code: number; out: string; errors: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--config", join(root, "deno.json"), "tools/corpus.ts", ...args],
    cwd: root,
    env: { NO_COLOR: "1" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), errors: text(stderr) };
}

Deno.test("deno task corpus refuses what makes no sense before it runs anything", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(folder, "a.prototxt"), 'layer { name: "x" type: "Input" top: "x" }');
    const empty = join(folder, "empty");
    await Deno.mkdir(empty);
    const cases: [string[], string][] = [
      [[], "error: missing required argument 'dir'"],
      [[folder, "--foo"], "error: unknown option '--foo'"],
      [[join(folder, "none")], `error: ${join(folder, "none")}: Expected a folder but found nothing`],
      [[join(folder, "a.prototxt")], "Expected a folder but found a file"],
      [[folder, "--json", join(folder, "none", "x.json")], "Expected a folder but found nothing"],
      [[folder, "--again", join(folder, "a.prototxt")], "Expected a file that --json wrote but found"],
      [[folder, "--processes", "0"], "Expected a positive whole number but found '0'."],
      [[empty], "Expected prototxts with layers below"],
      [[folder, "--only", "zzz"], "but found none of 1 with 'zzz' in its path"],
    ];
    await Promise.all(cases.map(async ([args, expected]) => {
      const { code, errors } = await corpus(...args);
      assert.ok(errors.includes(expected), `${args.join(" ")}: ${errors}`);
      assert.ok(!errors.includes("    at "), errors);
      assert.equal(code, 1, args.join(" "));
    }));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
