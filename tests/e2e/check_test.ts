import assert from "node:assert/strict";
import { mistakes, right } from "../unit/script/check/planted_mistakes.ts";
import { inFolder, runCrema } from "./run_crema.ts";

/** y = x², with a mistake or without. */
function square(backward: string): string {
  return `
export class SquareLayer {
  static bottoms = 1;
  static tops = 1;
  reshape([x], [y]) {
    if (x === y) throw new RangeError("Expected no top in place");
    y.reshape(x.shape);
  }
  forward([x], [y]) {
    y.data.set(x.data.map((value) => value * value));
  }
  backward([y], [wanted], [x]) {
    ${backward}
  }
}
export class EmptyLayer {
  reshape() {}
  forward() {}
}
export const nothing = 1;
`;
}

Deno.test("crema check reports what is wrong, where and by how much, and exits with status 1", async () => {
  await inFolder(async (folder) => {
    const right = "if (wanted) x.diff.set(y.diff.map((above, i) => 2 * x.data[i] * above));";
    await Deno.writeTextFile(`${folder}/square.js`, square(right));
    await Deno.writeTextFile(`${folder}/wrong.js`, square(right.replace("2 *", "-2 *")));

    const fine = await runCrema(folder, "check", "./square.js", "--layer", "SquareLayer");
    assert.equal(fine.code, 0, fine.stderr);
    assert.equal(fine.stdout, "SquareLayer: no mistakes in 6 uses\n");
    assert.equal(fine.stderr, "");

    const wrong = await runCrema(folder, "check", "wrong", "--layer", "SquareLayer", "--bottoms", "2x3x1x2");
    assert.equal(wrong.code, 1);
    assert.match(
      wrong.stdout,
      /^SquareLayer: 1 mistake in 2 uses\n {2}gradient-sign: gradient of bottom 0 at /,
    );
    assert.match(
      wrong.stdout,
      /at \[\d, \d, 0, \d\]: expected \S+ but found \S+ \(off by \S+\), and 11 more elements\n/,
    );
    assert.match(
      wrong.stdout,
      /with bottom \(2, 3, 1, 2\), TRAIN, and in 1 more use\n {4}The whole gradient has/,
    );
    assert.equal(wrong.stderr, "error: Expected layers without mistakes but found some in SquareLayer\n");

    const json = await runCrema(
      folder,
      "check",
      "./wrong.js",
      "--json",
      "--bottoms",
      "4x2",
      "--phase",
      "TEST",
    );
    assert.equal(json.code, 1);
    const { layers } = JSON.parse(json.stdout);
    assert.deepEqual(layers.map(({ layer }: { layer: string }) => layer), ["EmptyLayer", "SquareLayer"]);
    assert.deepEqual(layers[0].findings[0].rule, "top-not-written");
    const [finding] = layers[1].findings;
    assert.equal(finding.rule, "gradient-sign");
    assert.equal(finding.element.length, 2);
    assert.ok(Math.abs(finding.expected + finding.found) < 0.05);
    assert.equal(finding.more_elements, 7);
    assert.deepEqual(layers[1].uses, ["bottom (4, 2), TEST"]);
  });
});

Deno.test("crema check finds every planted mistake, in one module with correct layers", async () => {
  await inFolder(async (folder) => {
    const wrong = mistakes.map(([layer]) => layer.name), fine = Object.keys(right);
    assert.ok(wrong.length >= 12 && new Set(wrong).size === wrong.length);
    const planted = new URL("../unit/script/check/planted_mistakes.ts", import.meta.url).href;
    await Deno.writeTextFile(
      `${folder}/all.ts`,
      `import { mistakes, right } from "${planted}";
      export const { ${fine.join(", ")} } = right;
      export const [${wrong.join(", ")}] = mistakes.map(([layer]) => layer);\n`,
    );
    const { code, stdout, stderr } = await runCrema(folder, "check", "./all.ts");
    assert.equal(code, 1, stderr);
    const names = [...stdout.matchAll(/^(\w+): \d+ mistake/gm)].map(([, name]) => name!);
    assert.equal(stderr, `error: Expected layers without mistakes but found some in ${names.join(", ")}\n`);
    assert.deepEqual(names.toSorted(), wrong.toSorted());
    const parts = new Map(stdout.split(/\n(?=\w)/).map((part) => [part.slice(0, part.indexOf(":")), part]));
    for (const name of fine) assert.match(parts.get(name)!, /^\w+: no mistakes in \d+ uses$/);
    for (const [{ name }, rule, says] of mistakes) {
      const told = parts.get(name)!.replaceAll("\n  ", "\n");
      assert.match(told, new RegExp(`^${rule}: `, "m"), name);
      assert.match(told, says, name);
    }
  });
});

Deno.test("crema check passes the whole library", async () => {
  await inFolder(async (folder) => {
    const { code, stdout, stderr } = await runCrema(folder, "check", "crema/layers");
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /^FocalLossLayer: no mistakes in \d+ uses$/m);
    // onnxruntime-node is not in this folder.
    assert.doesNotMatch(stdout, /\d mistake|not checked: (?!its static onnx, because)/);
    const one = await runCrema(
      folder,
      ...["check", "crema/layers/center_loss.ts", "--bottoms", "6x2,6:4"],
      ...["--param", '{"classes": 4, "update": "gradient"}', "--tops", "1", "--tolerance", "0.02"],
    );
    assert.equal(one.code, 0, one.stdout + one.stderr);
    assert.equal(one.stdout, "CenterLossLayer: no mistakes in 2 uses\n");
  });
});

Deno.test("crema check refuses what is not a layer", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/square.js`, square(""));
    const cases: [string[], RegExp][] = [
      [["./none.ts"], /^error: Expected a module at .*none\.ts but found no such file\n$/],
      [
        ["./square.js", "--layer", "SquarLayer"],
        /Expected a layer class 'SquarLayer' .* Did you mean 'SquareLayer'\?/,
      ],
      [["./square.js", "--bottoms", "2xx3"], /Expected shapes such as 2x3x4,2 or 4x3,4:3 but found '2xx3'/],
      [["./square.js", "--param", "{"], /Expected JSON such as '{"margin": 1}' but found '{'/],
      [["./square.js", "--tolerance", "2"], /Expected a number between 0 and 1 but found '2'/],
    ];
    for (const [args, says] of cases) {
      const { code, stderr } = await runCrema(folder, "check", ...args);
      assert.equal(code, 1);
      assert.match(stderr, says);
    }
  });
});
