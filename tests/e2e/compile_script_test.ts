import assert from "node:assert/strict";
import { join } from "node:path";
import { encode } from "../../proto/mod.ts";
import { serveModules } from "./module_server.ts";
import { inFolder, ROOT, runCrema } from "./run_crema.ts";
import { runProgram } from "./run_program.ts";

const CONFIG = join(ROOT, "deno.json");

/** Makes a program; fails with the errors of the command. Returns what it printed. */
async function compiled(folder: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCrema(folder, "compile", ...args);
  assert.equal(code, 0, stderr);
  return stdout;
}

const TRAIN = `import { Solver, train } from "crema";
import { lines } from "./lines.ts";

using solver = await Solver.create({
  base_lr: 0.1, lr_policy: "fixed", max_iter: Number(Deno.args[0]), display: 0, snapshot_after_train: false,
  net_param: {
    name: "Mean",
    layer: [
      { name: "data", type: "DummyData", top: ["data", "label"],
        dummy_data_param: { shape: [{ dim: [4, 3] }, { dim: [4, 2] }], data_filler: [{ value: 1 }, { value: 2 }] } },
      { name: "ip", type: "InnerProduct", bottom: ["data"], top: ["ip"], inner_product_param: { num_output: 2 } },
      { name: "loss", type: "EuclideanLoss", bottom: ["ip", "label"], top: ["loss"] },
    ],
  },
});
for await (const event of train(solver)) {
  if (event.type === "done") console.log(lines(event.iteration, solver.net.blob("loss").data[0]));
}
const { text } = await import(\`./\${["late", "ts"].join(".")}\`);
console.log(text, await Deno.readTextFile(new URL("notes/note.txt", import.meta.url)));
`;

Deno.test("a user's script is compiled with what it imports and includes", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(join(folder, "source/notes"), { recursive: true });
    const files = {
      "train.ts": TRAIN,
      "lines.ts": 'export const lines = (...values: unknown[]): string => values.join(" ");\n',
      "late.ts": 'import { lines } from "./lines.ts";\nexport const text: string = lines("late");\n',
      "notes/note.txt": "noted",
    };
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(join(folder, "source", name), text);
    }
    const include = ["--include", "source/late.ts", "--include", "source/notes"];
    const said = await compiled(folder, "source/train.ts", ...include, "-o", "mytrain");
    assert.match(
      said,
      /^It may: --allow-read --allow-write --allow-env --allow-sys --allow-ffi --no-remote$/m,
    );
    await Deno.remove(join(folder, "source"), { recursive: true });
    const program = join(folder, "mytrain"), env = { XDG_CACHE_HOME: folder };
    const { code, stdout, stderr } = await runProgram(program, ["100"], { env });
    assert.equal(code, 0, stderr);
    const [first, second] = stdout.split("\n");
    assert.match(first!, /^100 [\d.e-]+$/);
    assert.ok(Number(first!.split(" ")[1]) < 0.01, first);
    assert.equal(second, "late noted");
  });
});

Deno.test("a program has the permissions that were chosen when it was made", async () => {
  await inFolder(async (folder) => {
    const probe = `
      for (const name of ["read", "write", "net", "run", "env", "ffi", "import"] as const) {
        console.log(name, (await Deno.permissions.query({ name } as Deno.PermissionDescriptor)).state);
      }
      const text = await import(Deno.args[0]!).then(({ text }) => text, (error) => error.message);
      console.log(String(text).split("\\n")[0]);\n`;
    await Deno.writeTextFile(join(folder, "probe.ts"), probe);
    await using server = serveModules({ "text.ts": 'export const text: string = "from afar";\n' });
    const url = `${server.base}text.ts`, { host } = new URL(url), env = { XDG_CACHE_HOME: folder };

    await compiled(folder, "probe.ts", "-o", "narrow", "--allow-read=/etc", "--allow-write=/tmp");
    const narrow = await runProgram(join(folder, "narrow"), [url], { env });
    assert.match(narrow.stdout, /^net prompt\nrun prompt$/m);
    assert.match(narrow.stdout, /Requires import access/);
    assert.doesNotMatch(narrow.stdout, /from afar/);

    const said = await compiled(folder, "probe.ts", "-o", "wide", `--allow-import=${host}`, "--allow-net");
    assert.match(said, new RegExp(`It may: .*--allow-net --allow-import=${host}`));
    const wide = await runProgram(join(folder, "wide"), [url], { env });
    assert.match(wide.stdout, /^net granted$/m);
    assert.match(wide.stdout, /^from afar$/m);
  });
});

const NET = (url: string) => `
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 4 } } }
layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param { num_output: 3 } }
layer { name: "a" type: "Script" bottom: "ip" top: "a" script_param { module: "../own/times.ts" layer: "Times" } }
layer { name: "b" type: "Script" bottom: "a" top: "b" script_param { module: "${url}" layer: "Plus" } }
layer { name: "c" type: "Python" bottom: "b" top: "c" python_param { module: "minus" layer: "Minus" } }
layer { name: "d" type: "Halve" bottom: "c" top: "d" }
layer { name: "prob" type: "GELU" bottom: "d" top: "prob" }
`;

const MAP = (name: string, body: string, head = "") =>
  `${head}
interface Blob { count: number; shape: number[]; data: Float32Array; reshape(...shape: number[]): void }
export class ${name} {
  ${name === "Halve" ? 'static type = "Halve";' : ""}
  reshape([x]: [Blob], [y]: [Blob]) { y.reshape(...x.shape); }
  forward([x]: [Blob], [y]: [Blob]) { for (let i = 0; i < x.count; i++) y.data[i] = ${body}; }
}
`;

Deno.test("a classifier contains the modules of its layers: by path, by URL, by name, by type", async () => {
  await inFolder(async (folder) => {
    const raw = new Uint8Array(Float32Array.of(1, 2, 3, 4, -1, 0, 1, 2).buffer);
    let expected: Awaited<ReturnType<typeof runProgram>>;
    {
      await using server = serveModules({
        "plus.ts": MAP("Plus", "x.data[i]! + one", 'import { one } from "./deep/one.ts";'),
        "deep/one.ts": "export const one: number = 1;\n",
      });
      for (const each of ["nets", "own/deep", "python"]) {
        await Deno.mkdir(join(folder, each), { recursive: true });
      }
      const files = {
        "nets/deploy.prototxt": NET(`${server.base}plus.ts`),
        "own/times.ts": MAP("Times", "x.data[i]! * two", 'import { two } from "./deep/two.ts";'),
        "own/deep/two.ts": "export const two: number = 2;\n",
        "python/minus.ts": MAP("Minus", "-x.data[i]!"),
        "own/halve.ts": MAP("Halve", "x.data[i]! / 2"),
        "make.ts": `import { Net } from "crema";
          using net = await Net.fromFile("nets/deploy.prototxt", { layerPath: ["python"], layers: ["./own/halve.ts"] });
          for (const [i, blob] of net.params.get("ip")!.entries()) blob.data.forEach((_, j) => blob.data[j] = (i + j) % 5 - 2);
          await net.saveHdf5("w.h5");\n`,
      };
      for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(join(folder, name), text);
      const options = ["--layer-path", "python", "--layers", "./own/halve.ts"];
      const net = ["--model", "nets/deploy.prototxt", "--weights", "w.h5", ...options];
      const made = await runProgram(Deno.execPath(), ["run", "-A", "--config", CONFIG, "make.ts"], {
        cwd: folder,
      });
      assert.equal(made.code, 0, made.stderr);
      await Deno.writeFile(join(folder, "two.raw"), raw);
      expected = await runCrema(folder, "classify", ...net, "--json", "two.raw");
      assert.equal(expected.code, 0, expected.stderr);
      assert.equal(JSON.parse(expected.stdout).length, 2);
      await compiled(folder, ...net, "-o", "classify");
      for (const each of ["nets", "own", "python", "w.h5"]) {
        await Deno.remove(join(folder, each), { recursive: true });
      }
    }
    const env = { XDG_CACHE_HOME: folder };
    const { code, stdout, stderr } = await runProgram(join(folder, "classify"), ["--json"], {
      env,
      stdin: raw,
    });
    assert.equal(code, 0, stderr);
    assert.equal(stdout, expected.stdout);
  });
});

Deno.test("a classifier is not made with a module that differs from crema.lock", async () => {
  await inFolder(async (folder) => {
    await using server = serveModules({ "twice.ts": MAP("Twice", "2 * x.data[i]!") });
    await Deno.writeTextFile(
      join(folder, "net.prototxt"),
      `layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 2 } } }
      layer { name: "twice" type: "Script" bottom: "data" top: "twice"
        script_param { module: "${server.base}twice.ts" layer: "Twice" } }\n`,
    );
    await Deno.writeTextFile(join(folder, "none.caffemodel"), "");
    const locked = await runCrema(folder, "lock", "net.prototxt");
    assert.equal(locked.code, 0, locked.stderr);
    server.modules["twice.ts"] = MAP("Twice", "3 * x.data[i]!");
    const args = ["--model", "net.prototxt", "--weights", "none.caffemodel", "-o", "classify"];
    const { code, stderr } = await runCrema(folder, "compile", ...args, "--reload");
    assert.equal(code, 1);
    assert.match(stderr, /layer 'twice': Expected .*sha256-.* but found .*sha256-/s);
    assert.throws(() => Deno.statSync(join(folder, "classify")), Deno.errors.NotFound);
  });
});

Deno.test("what can't be compiled is refused, and no file is left", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "ok.ts"), "console.log(1);\n");
    await Deno.writeTextFile(join(folder, "broken.ts"), "const = ;\n");
    await Deno.writeTextFile(join(folder, "lost.ts"), 'import "./nowhere.ts";\n');
    await Deno.writeTextFile(join(folder, "package.ts"), 'import "npm:left-pad@1.3.0";\n');
    const input =
      'layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 2 } } }\n';
    await Deno.writeTextFile(
      join(folder, "net.prototxt"),
      `${input}layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param { num_output: 1 } }\n`,
    );
    // The weights of another net.
    await Deno.writeFile(
      join(folder, "other.caffemodel"),
      encode("NetParameter", { layer: [{ name: "other" }] }),
    );
    await Deno.writeTextFile(join(folder, "cut.caffemodel"), "\x0a\xff");
    const net = ["--model", "net.prototxt"];
    for (
      const [args, message] of [
        [["ok.ts"], /Expected -o/],
        [["none.ts", "-o", "x"], /none\.ts: Expected a file to compile but found none/],
        [["broken.ts", "-o", "x"], /broken\.ts/],
        [["lost.ts", "-o", "x"], /nowhere\.ts/],
        [["package.ts", "-o", "x"], /Expected modules without packages of their own but found 'npm:left-pad/],
        [["ok.ts", ...net, "-o", "x"], /Expected a script or --model but found both/],
        [["--include", "ok.ts", "-o", "x"], /Expected a script with --include but found none/],
        [[...net, "-o", "x"], /Expected --weights with --model but found none/],
        [["--weights", "other.caffemodel", "-o", "x"], /Expected --model with --weights but found none/],
        [[...net, "--weights", "none.caffemodel", "-o", "x"], /none\.caffemodel: Expected weights/],
        [
          [...net, "--weights", "cut.caffemodel", "-o", "x"],
          /cut\.caffemodel: Expected a binary NetParameter/,
        ],
        [
          [...net, "--weights", "other.caffemodel", "-o", "x"],
          /other\.caffemodel: Expected weights for some layer of the net \(ip\) but found/,
        ],
        [["ok.ts", "-o", "nowhere/x"], /Expected to write the program but found/],
        [["ok.ts", "--runtime", "node", "-o", "x"], /Expected the runtime deno or denort but found 'node'/],
        [["--runtime", "denort", "-o", "x"], /Expected a script for --runtime denort but found none/],
        [
          [...net, "--weights", "other.caffemodel", "--runtime", "denort", "-o", "x"],
          /Expected a script for --runtime denort but found --model net.prototxt/,
        ],
        [["--verify", "ok.ts"], /ok\.ts: Expected a complete file made by crema compile/],
        [["--verify", "none"], /none: Expected a compiled file but found/],
      ] as const
    ) {
      const { code, stderr } = await runCrema(folder, "compile", ...args);
      assert.equal(code, 1, args.join(" "));
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /mistake in Crema/);
    }
    const left = Array.from(Deno.readDirSync(folder), ({ name }) => name);
    assert.deepEqual(left.filter((name) => name === "x" || name.endsWith(".tmp")), []);
  });
});

Deno.test("--runtime denort passes a script to deno compile", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "ok.ts"), 'import { Net } from "crema";\nconsole.log(Net.name);\n');
    const args = ["run", "-A", "--config", CONFIG, join(ROOT, "cli/main.ts"), "compile", "ok.ts"];
    const make = (runtime: string) =>
      runProgram(Deno.execPath(), [...args, "--runtime", "denort", "-o", "made"], {
        cwd: folder,
        env: { DENORT_BIN: runtime },
      });
    const missing = await make(join(folder, "none"));
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /Expected `deno compile` to make made but found: .*none/s);
    // `deno compile` takes any program as the runtime: the test's own, which is not denort, shows what it was given.
    const { code, stderr } = await make(Deno.execPath());
    assert.equal(code, 0, stderr);
    assert.ok((await Deno.stat(join(folder, "made"))).size > (await Deno.stat(Deno.execPath())).size);
  });
});
