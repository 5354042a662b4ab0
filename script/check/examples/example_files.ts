import { dirname, join } from "node:path";
import type { LayerExample } from "../../../layers/layer_example.ts";

/**
 * Runs something while an example's files are there, beside a prototxt of the path that it gets; undefined for an example
 * without files. They are removed again.
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
