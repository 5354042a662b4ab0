import { fileURLToPath } from "node:url";
import { CremaError, type CremaErrorOptions } from "../../base/error.ts";
import { thrownMessage } from "../../base/thrown.ts";
import { boundedImport } from "./fetch_bounds.ts";
import { integrityOf } from "./integrity.ts";

/**
 * The hash of a module's source, as `integrity` and lock files write it. A file is read from disk; a URL is loaded as text
 * by the same loader, from the same cache, as an import of it that follows. Throws a CremaError.
 */
export async function hashModule(url: string, place: CremaErrorOptions = {}): Promise<string> {
  try {
    return await integrityOf(await sourceBytes(url));
  } catch (cause) {
    const message = thrownMessage(cause);
    throw new CremaError(`Expected a module at ${url} but found: ${message}`, { ...place, cause });
  }
}

/** The bytes of a module's source. Throws what reading it throws, and a TypeError for a module by URL that is no text. */
export async function sourceBytes(url: string): Promise<Uint8Array<ArrayBuffer>> {
  const plain = new URL(url);
  plain.search = plain.hash = "";
  if (url.startsWith("file:")) return await Deno.readFile(fileURLToPath(plain));
  const { default: text } = await boundedImport(url, {}, { with: { type: "text" } }) as { default: string };
  // Bytes that are no text were replaced by this, and could be any.
  if (text.includes("\uFFFD")) throw new TypeError("bytes that are not UTF-8; keep such a module as a file");
  return new TextEncoder().encode(text);
}
