import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { CremaError } from "../../../../base/error.ts";
import { integrityOf } from "../../../../script/modules/integrity.ts";
import { Engine } from "../../../../ffi/engine.ts";
import type { HostLayer } from "../../../../ffi/host/host_layer.ts";
import { ScriptLayerProvider } from "../../../../script/layer/script_layer_provider.ts";
import { netFromText } from "../../../../proto/nets/read_net.ts";

const LAYER = `export class TwiceLayer {
  constructor(context) { this.context = context; }
  reshape([x], [y]) { y.reshape(x.shape); }
  forward([x], [y]) { y.data.set(x.data.map((value) => 2 * value)); }
}
`;

interface Given {
  type?: "Script" | "Python";
  module?: string;
  layer?: string;
  more?: string;
  layerPath?: string[];
  file?: string;
}

/** Makes the layer that a prototxt names, on line 2 of `file`. */
async function load(
  { type = "Script", module, layer = "TwiceLayer", more = "", layerPath, file }: Given,
): Promise<HostLayer> {
  const param = `${type === "Script" ? "script_param" : "python_param"} {
    ${module === undefined ? "" : `module: ${JSON.stringify(module)}`} layer: "${layer}" ${more} }`;
  const net = netFromText(
    `\nlayer { name: "mine" type: "${type}" bottom: "x" top: "y" ${param} }`,
    file ?? "n.prototxt",
  );
  const provider = new ScriptLayerProvider({ layerPath });
  const [only] = net.layer!;
  assert.ok(provider.claims(only!));
  return (await provider.prepare(only!, {
    phase: "TEST",
    net: -1,
    file,
  })).make(Engine.open());
}

/** Asserts that loading fails with an error that names the layer and its line. */
async function assertRefused(given: Given, message: RegExp): Promise<CremaError> {
  const error = await load(given).then(() => assert.fail("Expected a rejection"), (cause) => cause);
  assert.ok(error instanceof CremaError, String(error));
  assert.match(error.message, message);
  assert.equal(error.layer, "mine");
  assert.equal(error.line, 2);
  assert.equal(error.file, given.file ?? "n.prototxt");
  return error;
}

async function withFolder(
  files: Record<string, string>,
  test: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.mkdir(join(folder, name, ".."), { recursive: true });
      await Deno.writeTextFile(join(folder, name), text);
    }
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function withServer(
  routes: Record<string, string>,
  test: (base: string, requests: string[]) => Promise<void>,
): Promise<void> {
  const requests: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const path = new URL(request.url).pathname;
    requests.push(path);
    const body = routes[path];
    return body === undefined
      ? new Response("none", { status: 404 })
      : new Response(body, { headers: { "content-type": "application/typescript" } });
  });
  try {
    await test(`http://127.0.0.1:${server.addr.port}`, requests);
  } finally {
    await server.shutdown();
  }
}

Deno.test("a module is found by relative path, absolute path, file URL and name", async () => {
  await withFolder(
    { "nets/twice.ts": LAYER, "twice.ts": LAYER, "path/far.ts": LAYER, "nets/a/b.ts": LAYER },
    async (folder) => {
      const file = join(folder, "nets", "net.prototxt");
      const found = [
        "./twice.ts",
        "../twice.ts",
        join(folder, "twice.ts"),
        pathToFileURL(join(folder, "twice.ts")).href,
        "twice",
        "twice.ts",
        "a.b",
        "a/b",
      ];
      for (const module of found) {
        assert.equal(
          typeof (await load({ module, file })).forward,
          "function",
          module,
        );
      }
      await load({ module: "far", file, layerPath: [join(folder, "none"), join(folder, "path")] });
      await load({ type: "Python", module: "twice", file });
      const error = await assertRefused(
        { module: "far", file },
        /Expected module 'far' in .*nets or the import map but found none/,
      );
      assert.match(error.message, /--layer-path/);
    },
  );
});

Deno.test("names in the import map and the library's name are found", async () => {
  await load({ module: "crema/layers", layer: "SoftmaxLossLayer", more: "", file: "n.prototxt" }).then(
    () => assert.fail("it takes two bottoms"),
    (error) => assert.match(error.message, /Expected 2 bottoms for SoftmaxLossLayer but found 1/),
  );
  await assertRefused(
    { module: "crema/layers/focal_loss.ts", layer: "FocalLossLayer" },
    /Expected 2 bottoms for Focal/,
  );
  await assertRefused(
    { module: "protobufjs" },
    /Expected an exported class 'TwiceLayer' in module 'protobufjs'/,
  );
});

Deno.test("a layer gets its name, type, phase and parameters", async () => {
  await withFolder({ "twice.ts": LAYER }, async (folder) => {
    const file = join(folder, "net.prototxt");
    const layer = await load({
      module: "./twice.ts",
      file,
      more: `param_str: '{"margin": 0.2}'`,
    }) as unknown as Record<string, unknown>;
    assert.equal(layer["name"], "mine");
    assert.equal(layer["type"], "Script");
    assert.equal(layer["phase"], "TEST");
    assert.equal(layer["paramStr"], '{"margin": 0.2}');
    assert.deepEqual(layer["param"], { margin: 0.2 });
    assert.equal((layer["layerParam"] as { name: string }).name, "mine");
    assert.deepEqual((layer["context"] as Record<string, unknown>)["param"], { margin: 0.2 });
    const text = await load({
      module: "./twice.ts",
      file,
      more: `param_str: "margin = 2"`,
    }) as unknown as Record<string, unknown>;
    assert.equal(text["param"], "margin = 2");
    const none = await load({ module: "./twice.ts", file }) as unknown as Record<string, unknown>;
    assert.deepEqual([none["paramStr"], none["param"]], ["", {}]);
  });
});

Deno.test("a module is imported over http, with its imports", async () => {
  const routes = {
    "/dir/twice.ts": `import { two } from "./two.ts";\n${LAYER.replace("2 *", "two *")}`,
    "/dir/two.ts": "export const two: number = 2;",
  };
  await withServer(routes, async (base, requests) => {
    await load({ module: `${base}/dir/twice.ts` });
    assert.deepEqual(requests, ["/dir/twice.ts", "/dir/two.ts"]);
  });
});

Deno.test("errors distinguish a missing module, no answer, a syntax error and a throw", async () => {
  const routes = { "/bad.ts": "export class A {\n  foo( {\n}\n", "/throws.ts": 'throw new Error("boom");' };
  let closed = "";
  await withServer(routes, async (base) => {
    closed = base;
    await assertRefused(
      { module: `${base}/none.ts` },
      /Expected a module at http.*\/none.ts but found nothing there \(404\)/,
    );
    await assertRefused({ module: `${base}/bad.ts` }, /but found a syntax error: Expected [^]*\/bad.ts:3:2/);
    const error = await assertRefused(
      { module: `${base}/throws.ts` },
      /module http.*\/throws.ts threw: boom/,
    );
    assert.equal((error.cause as Error).message, "boom");
  });
  await assertRefused(
    { module: `${closed}/never.ts` },
    /Expected a module at http.*\/never.ts but found: .*Connection refused/,
  );
  await withFolder(
    { "bad.ts": "export class {{", "dependent.ts": 'import "./missing.ts";' },
    async (folder) => {
      const file = join(folder, "net.prototxt");
      await assertRefused(
        { module: "./none.ts", file },
        /Expected a module at .*none.ts but found no such file/,
      );
      await assertRefused({ module: "./bad.ts", file }, /but found a syntax error: .*/);
      await assertRefused(
        { module: "./dependent.ts", file },
        /dependent.ts but found: Module not found.*missing.ts/,
      );
    },
  );
});

Deno.test("an error for an export that is missing or no class names the exports", async () => {
  const text = `${LAYER} export const TWO = 2; export const arrow = () => 1; export class Bare {}
    export class Throws { constructor() { throw new TypeError("boom"); } }
    export class Late { reshape() {} }`;
  await withFolder({
    "twice.ts": text,
    "empty.ts": "",
    "default.ts": LAYER.replace("export class", "export default class"),
  }, async (folder) => {
    const given = { module: "./twice.ts", file: join(folder, "net.prototxt") };
    const error = await assertRefused(
      { ...given, layer: "TwiceLayr" },
      /Expected an exported class 'TwiceLayr' in module '.\/twice.ts' but found Bare, /,
    );
    assert.match(error.message, /Did you mean 'TwiceLayer'\?$/);
    await assertRefused(
      { ...given, layer: "TWO" },
      /'TWO' of module '.\/twice.ts' to be a class but found number/,
    );
    await assertRefused({ ...given, layer: "arrow" }, /to be a class but found a function/);
    await assertRefused(
      { ...given, layer: "Bare" },
      /Expected class Bare to have a method 'reshape' but found undefined/,
    );
    await assertRefused(
      { ...given, layer: "Late" },
      /Expected class Late to have a method 'forward' but found undefined/,
    );
    const thrown = await assertRefused({ ...given, layer: "Throws" }, /constructor of Throws threw: boom/);
    assert.ok(thrown.cause instanceof TypeError);
    await assertRefused({ ...given, module: "./empty.ts" }, /but found no exports/);
    await assertRefused({ ...given, layer: "" }, /Expected a default export in module/);
    await load({ ...given, module: "./default.ts", layer: "" });
    await assertRefused({ file: given.file }, /Expected the name of a module but found none/);
  });
});

Deno.test("a module with another hash is refused before any of it runs", async () => {
  const text = `globalThis.integrityTest = (globalThis.integrityTest ?? 0) + 1;\n${LAYER}`;
  const right = await integrityOf(text), strong = await integrityOf(text, "sha512");
  const wrong = await integrityOf("something else");
  const runs = () => (globalThis as { integrityTest?: number }).integrityTest ?? 0;
  await withServer({ "/a.ts": text, "/b.ts": text, "/c.ts": text }, async (base, requests) => {
    await assertRefused(
      { module: `${base}/a.ts`, more: `integrity: "${wrong}"` },
      new RegExp(
        `Expected integrity ${RegExp.escape(wrong)} of ${base}/a.ts but found ${RegExp.escape(right)}`,
      ),
    );
    assert.equal(runs(), 0);
    await load({ module: `${base}/b.ts`, more: `integrity: "${right}"` });
    assert.equal(runs(), 1);
    assert.equal(requests.filter((path) => path === "/b.ts").length, 1, "what was checked is what ran");
    // The strongest kind counts, as in web pages.
    await assertRefused({
      module: `${base}/c.ts`,
      more: `integrity: "${right} ${await integrityOf("x", "sha512")}"`,
    }, /sha512/);
    await load({ module: `${base}/c.ts`, more: `integrity: "${wrong} ${strong}"` });
    await assertRefused(
      { module: `${base}/c.ts`, more: 'integrity: "md5-abc"' },
      /'sha256-' and a hash in base64/,
    );
  });
  await withFolder({ "twice.ts": LAYER }, async (folder) => {
    const file = join(folder, "net.prototxt");
    await load({ module: "./twice.ts", file, more: `integrity: "${await integrityOf(LAYER)}"` });
    await assertRefused({ module: "./twice.ts", file, more: `integrity: "${wrong}"` }, /Expected integrity/);
  });
});

Deno.test("a layer of type Script without script_param is refused", async () => {
  const [layer] = netFromText('\nlayer { name: "mine" type: "Script" }', "n.prototxt").layer!;
  await assert.rejects(
    new ScriptLayerProvider().prepare(layer!, { phase: "TEST", net: -1 }),
    /n.prototxt:2.*layer 'mine': Expected a layer of type Script to have script_param but found none/,
  );
});
