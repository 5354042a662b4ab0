import assert from "node:assert/strict";
import { join } from "node:path";
import { root } from "../../../../tools/root.ts";

function command(args: readonly string[], env: Record<string, string> = {}): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--config", join(root, "deno.json"), "tools/corpus.ts", ...args],
    cwd: root,
    env: { NO_COLOR: "1", ...env },
    stdout: "piped",
    stderr: "piped",
  });
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Runs the command as a user does. Returns its status, and what it wrote. */
async function corpus(...args: string[]): Promise<{ code: number; out: string; errors: string }> {
  const { code, stdout, stderr } = await command(args).output();
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
      [[folder, "--json", ""], "Expected the path of a file for --json but found an empty one"],
      [[folder, "--json", empty], "Expected the path of a file but found a folder"],
      [[folder, "--again", join(folder, "a.prototxt")], "Expected a file that --json wrote but found"],
      [[folder, "--processes", "0"], "Expected a positive whole number but found '0'."],
      [[empty], "Expected prototxts with layers below"],
      [[folder, "--only", "zzz"], "but found none of 1 with 'zzz' in its path"],
    ];
    if (Deno.build.os === "linux") { // where nobody can write a file there
      cases.push([[folder, "--json", "/proc/x.json"], "/proc: Expected a folder to write to but found"]);
    }
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

/** A module of a layer that writes its process's id into a file, and never ends. */
const endless = (file: string) =>
  `export default class Endless {
     static type = "Endless";
     reshape() {}
     forward() {
       Deno.writeTextFileSync(${JSON.stringify(file)}, String(Deno.pid));
       for (;;);
     }
   }`;

Deno.test("Ctrl-C ends all processes and keeps what ran; --again goes on from there", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const [nets, temporary] = [join(folder, "nets"), join(folder, "tmp")];
    await Deno.mkdir(nets);
    await Deno.mkdir(temporary);
    const input = 'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 } } }';
    // A layer of type Script is no missing type.
    const script = `${input} layer { name: "s" type: "Script" bottom: "x" script_param { module: "s.mjs" } }`;
    await Deno.writeTextFile(join(nets, "a.prototxt"), script);
    await Deno.writeTextFile(join(nets, "s.mjs"), "export default class { reshape() {} forward() {} }");
    const other = join(nets, "b.prototxt");
    await Deno.writeTextFile(other, `${input} layer { name: "y" type: "Endless" bottom: "x" }`);
    const [json, pid, layers] = ["outcomes.json", "pid.txt", "endless.mjs"].map((name) => join(folder, name));
    await Deno.writeTextFile(layers!, endless(pid!));
    const args = [nets, "--processes", "1", "--json", json!];
    const running = command([...args, "--layers", layers!], { TMPDIR: temporary }).spawn();
    let hasEnded = false, id = "";
    const ended = running.output().finally(() => hasEnded = true);
    while (!hasEnded && id === "") {
      await new Promise((resolve) => setTimeout(resolve, 20));
      id = await Deno.readTextFile(pid!).catch(() => "");
    }
    if (!hasEnded) running.kill("SIGINT");
    const { code, stdout, stderr } = await ended;
    const errors = text(stderr);
    assert.equal(code, 130, errors);
    assert.match(
      errors,
      /^1\/2 a\.prototxt: run\nStopped after 1 of 2 networks; --again \S+ goes on from here\n$/,
    );
    assert.match(text(stdout), /^read 1 of 1 /);
    assert.throws(() => Deno.kill(Number(id), "SIGCONT"), "the network's process runs on");
    assert.deepEqual([...Deno.readDirSync(temporary)], []);
    // The other network has changed; the first has too, in a way that does not count, so that it is taken over.
    await Deno.writeTextFile(other, "layer {}}");
    await Deno.writeTextFile(join(nets, "a.prototxt"), `# as it was\n${script}`);
    const again = await corpus(...args, "--again", json!);
    assert.match(
      again.errors,
      /^1\/2 a\.prototxt: run\n2\/2 b\.prototxt: nothing, .*b\.prototxt:1:9: Expected/,
    );
    assert.match(again.out, /^read 1 of 2 .*, run 1 of 2 /);
    await Deno.writeTextFile(join(nets, "a.prototxt"), script.replace("2", "3"));
    const changed = await corpus(...args, "--again", json!);
    assert.match(
      changed.errors,
      /^1 networks of \S+ have changed or are gone, such as a\.prototxt\n1\/2 a\.prototxt: run\n/,
    );
    assert.equal(changed.code, 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
