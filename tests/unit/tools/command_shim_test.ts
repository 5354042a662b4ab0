import assert from "node:assert/strict";
import { join } from "node:path";
import { installCommand, InstallError, pathAdvice, uninstallCommand } from "../../../tools/command_shim.ts";
import { temporaryFolder } from "../data/fixture.ts";

const deno = { deno: Deno.execPath(), version: "2.9.6" };

/** A checkout whose command prints where it runs, and its arguments. */
function checkout(root: string): string {
  Deno.mkdirSync(join(root, "cli"), { recursive: true });
  Deno.writeTextFileSync(join(root, "deno.json"), '{ "imports": { "shown": "./shown.ts" } }');
  Deno.writeTextFileSync(join(root, "shown.ts"), "export const shown = [Deno.cwd(), ...Deno.args];");
  Deno.writeTextFileSync(
    join(root, "cli/main.ts"),
    'import { shown } from "shown"; console.log(JSON.stringify([...shown, Deno.env.get("INIT_CWD") ?? null]));',
  );
  return root;
}

function run(command: string, cwd: string, args: string[], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = new Deno.Command(command, { args, cwd, env }).outputSync();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

Deno.test("the installed command runs its checkout from any folder, with the arguments as they are", async () => {
  using folder = temporaryFolder();
  const root = checkout(join(folder.path, "a 'check' $out")), prefix = join(folder.path, "pre fix");
  const path = await installCommand({ root, prefix }, deno);
  assert.equal(path, join(prefix, "bin/crema"));
  const elsewhere = Deno.realPathSync(Deno.makeTempDirSync({ dir: folder.path }));
  const args = ["train", "--set", "a b='c'", "$HOME", "*"];
  const { code, out, err } = run(path, elsewhere, args, { INIT_CWD: "/" });
  assert.deepEqual([code, JSON.parse(out || "[]")], [0, [elsewhere, ...args, null]], err);
  // With a Deno that has gone, that of the PATH is taken.
  await installCommand({ root, prefix }, { ...deno, deno: "/nowhere/deno" });
  Deno.mkdirSync(join(folder.path, "bin"));
  Deno.symlinkSync(Deno.execPath(), join(folder.path, "bin/deno"));
  const PATH = `${folder.path}/bin:${Deno.env.get("PATH")}`;
  assert.equal(run(path, elsewhere, [], { PATH }).code, 0);
  Deno.removeSync(root, { recursive: true });
  const gone = run(path, elsewhere, []);
  assert.equal(gone.code, 1);
  assert.match(
    gone.err,
    /^error: Expected a checkout of Crema at .* but found none\. Run 'deno task install'/,
  );
});

Deno.test("--uninstall removes this checkout's command, and never another file", async () => {
  using folder = temporaryFolder();
  const prefix = folder.path, shim = { root: "/a", prefix };
  assert.equal(await uninstallCommand(shim), undefined);
  const path = await installCommand(shim, deno);
  await assert.rejects(uninstallCommand({ root: "/b", prefix }), /but found that of \/a\. It is left there/);
  assert.ok(Deno.statSync(path).isFile);
  assert.equal(await uninstallCommand(shim), path);
  assert.throws(() => Deno.lstatSync(path), Deno.errors.NotFound);

  for (
    const make of [
      () => Deno.writeTextFileSync(path, "#!/bin/sh\necho mine\n"),
      () => Deno.mkdirSync(path),
      () => Deno.symlinkSync("/bin/sh", path),
      () => Deno.symlinkSync("/nowhere", path),
    ]
  ) {
    make();
    await assert.rejects(uninstallCommand(shim), InstallError);
    await assert.rejects(installCommand(shim, deno), /Expected no other file at .*bin\/crema but found one/);
    Deno.removeSync(path, { recursive: true });
  }
  await assert.rejects(
    installCommand({ root: "/a", prefix: "/proc" }, deno),
    /Expected to write \/proc\/bin\/crema but found: .*Choose a folder with --prefix/,
  );
});

Deno.test("the command's folder is on the PATH, or the advice says what to do", () => {
  const path = "/home/me/.local/bin/crema";
  assert.equal(pathAdvice(path, "/bin:/home/me/.local/bin/:/usr/bin", () => false), undefined);
  assert.match(pathAdvice(path, "/bin", () => false)!, /export PATH='\/home\/me\/\.local\/bin':"\$PATH"/);
  assert.match(
    pathAdvice(path, "/opt/bin:/home/me/.local/bin", (each) => each === "/opt/bin/crema")!,
    /^The shell runs \/opt\/bin\/crema instead/,
  );
});
