import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { apiReference } from "../../../tools/api_reference.ts";
import { layerTypesPage, PAGE, typePlaces, typesOnPage } from "../../../tools/layer_types_page.ts";
import { root } from "../../../tools/root.ts";
import { Engine } from "../../../ffi/mod.ts";

const HINT = "The page is not that of the sources: run `deno task docs`";

Deno.test("docs/api/ says what the doc comments say", async () => {
  const pages = apiReference();
  for (const [path, text] of pages) {
    assert.ok(await Deno.readTextFile(join(root, "docs/api", path)) === text, `docs/api/${path}: ${HINT}`);
  }
  const present = Array.from(Deno.readDirSync(join(root, "docs/api")), ({ name }) => name);
  assert.deepEqual(present.sort(), [...pages.keys()].sort());
});

Deno.test("docs/layer_types.md says which layer types run where", async () => {
  const page = await Deno.readTextFile(join(root, PAGE));
  // Where Caffe is not built, the page's own word is taken for its types.
  const isBuilt = existsSync(join(root, "build/libcaffe/libcrema_libcaffe.so"));
  const libcaffe = isBuilt ? Engine.open("libcaffe").layerTypes : typesOnPage(page, "libcaffe");
  assert.ok(layerTypesPage(typePlaces(libcaffe)) === page, `${PAGE}: ${HINT}`);
  assert.ok([...libcaffe].includes("Convolution") && typesOnPage(page, "embedded").includes("Convolution"));
});

Deno.test("links between the pages of the manual lead somewhere", async () => {
  const names = Array.from(Deno.readDirSync(join(root, "docs")), ({ name }) => name)
    .filter((name) => name.endsWith(".md"));
  const pages = ["README.md", ...names.map((name) => `docs/${name}`), "docs/api/README.md"];
  const anchors = new Map<string, Set<string>>();
  const anchorsOf = async (path: string) => {
    let found = anchors.get(path);
    if (found === undefined) {
      const text = (await Deno.readTextFile(path)).replaceAll(/^```[^]*?^```$/gm, "");
      const titles = Array.from(text.matchAll(/^#+ (.*)$/gm), ([, title]) => title!);
      anchors.set(path, found = new Set(titles.map(anchorOf)));
    }
    return found;
  };
  const lost: string[] = [];
  for (const page of pages) {
    const text = (await Deno.readTextFile(join(root, page))).replaceAll(/^```[^]*?^```$/gm, "");
    for (const [, link] of text.matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)) {
      const [path = "", anchor] = link!.split("#");
      const target = path === "" ? join(root, page) : join(root, page, "..", path);
      if (!existsSync(target)) lost.push(`${page}: ${link}`);
      else if (anchor !== undefined && target.endsWith(".md") && !(await anchorsOf(target)).has(anchor)) {
        lost.push(`${page}: ${link}`);
      }
    }
  }
  assert.deepEqual(lost, []);
});

/** The anchor that a heading gets: in small letters, without signs, with hyphens for spaces. */
function anchorOf(title: string): string {
  return title.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-");
}
