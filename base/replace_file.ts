/**
 * Writes a file beside its place and renames it, so that a reader sees the old file or the new one, whole, whenever the
 * writer is killed. Throws what the system throws.
 */
export function replaceFile(path: string, content: string | Uint8Array): void {
  const partial = `${path}.tmp-${Deno.pid}`;
  try {
    if (typeof content === "string") Deno.writeTextFileSync(partial, content);
    else Deno.writeFileSync(partial, content);
    Deno.renameSync(partial, path);
  } catch (error) {
    try {
      Deno.removeSync(partial);
    } catch {
      // It may not be there, and the first error says more.
    }
    throw error;
  }
}
