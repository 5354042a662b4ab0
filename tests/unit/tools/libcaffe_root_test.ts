import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { libcaffeTest } from "../ffi/libcaffe/built.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const debians = join(root, "build/libcaffe/prefix");

/** Runs a program that has Crema's Net and Engine; returns its exit status and both outputs. */
async function evaluate(program: string): Promise<{ code: number; said: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      `import { Engine } from "${root}ffi/engine.ts"; import { Net } from "${root}net/net.ts"; ${program}`,
    ],
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  return { code, said: decoder.decode(stdout) + decoder.decode(stderr) };
}

const net = (filler: string): string =>
  JSON.stringify(
    `layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }
     layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y"
       inner_product_param { num_output: 4 weight_filler { type: "${filler}" } } }`,
  );

// A folder that stays, so that the shim is compiled once.
libcaffeTest("LIBCAFFE_ROOT: the shim is built over a Caffe in another folder, and works", async () => {
  if (!existsSync(debians)) return; // this checkout's libcaffe is already a Caffe of the user's
  const folder = join(root, "build/libcaffe-own");
  await Deno.mkdir(folder, { recursive: true });
  const prefix = join(folder, "prefix");
  if (!existsSync(prefix)) await Deno.symlink(debians, prefix);
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", join(root, "tools/libcaffe.ts"), "--folder", folder],
    env: { LIBCAFFE_ROOT: join(prefix, "usr"), NO_COLOR: "1" },
  }).output();
  const told = new TextDecoder().decode(stderr);
  assert.equal(code, 0, told);
  assert.match(told, /CREMA_PROTO/);

  const library = JSON.stringify(join(folder, "libcrema_libcaffe.so"));
  const { said } = await evaluate(`
    const engine = Engine.open(${library});
    console.log(engine.name, engine.version.split(",")[0]);
    using net = await Net.fromText(${net("xavier")}, { engine });
    console.log(net.forward({ inputs: { x: new Float32Array(6).fill(1) } }).y.length);`);
  assert.equal(said, `libcaffe Caffe of ${prefix}/usr\n8\n`);

  // What only a fork may have is left to the fork to check.
  const unknown = (engine: string) => evaluate(`await Net.fromText(${net("mine")}, { engine: ${engine} });`);
  assert.match(
    (await unknown(library)).said,
    /Expected libcaffe to go on but found: .*Unknown filler name.*mine/,
  );
  assert.match((await unknown('"libcaffe"')).said, /Expected a filler \(constant.*but found 'mine'/);
});
