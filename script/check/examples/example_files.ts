import { dirname, join } from "node:path";
import type { LayerExample } from "../../../layers/layer_example.ts";

/**
 * Writes an example's files, runs a function, and removes the files again. The function gets the path of a
 * prototxt beside them, or undefined if the example has no files.
 */
export async function withExampleFiles<Result>(
  { files }: LayerExample,
  run: (prototxt: string | undefined) => Promise<Result>,
): Promise<Result> {
  if (files === undefined) return await run(undefined);
  const folder = await Deno.makeTempDir({ prefix: "crema-check-" });
  try {
    for (const [name, content] of Object.entries(files)) {
      const path = join(folder, name);
      await Deno.mkdir(dirname(path), { recursive: true });
      await Deno.writeFile(path, typeof content === "string" ? new TextEncoder().encode(content) : content);
    }
    return await run(join(folder, "net.prototxt"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
