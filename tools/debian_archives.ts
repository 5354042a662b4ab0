/**
 * The Debian archives in the text of an apt source file: one-line ("deb [options] address suite …") and deb822
 * ("URIs: address …") forms.
 *
 * ```ts
 * import { archivesIn } from "./debian_archives.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(archivesIn("Types: deb\nURIs: http://example.org/debian\nSuites: bookworm\n"), [
 *   "http://example.org/debian",
 * ]);
 * assert.deepEqual(archivesIn("deb [arch=amd64] http://example.org/debian/ bookworm main\n# deb http://no/debian x"), [
 *   "http://example.org/debian",
 * ]);
 * ```
 */
export function archivesIn(text: string): string[] {
  const found: string[] = [];
  for (const line of text.split("\n")) {
    const addresses = /^deb\s+(?:\[.*?\]\s+)?(\S+)/.exec(line)?.[1] ?? /^URIs:\s*(.*)$/i.exec(line)?.[1] ??
      "";
    for (const address of addresses.split(/\s+/)) {
      // The security archive and other people's archives do not have Debian's old suites.
      if (/\/debian\/?$/.test(address)) found.push(address.replace(/\/$/, ""));
    }
  }
  return found;
}

/** The Debian archives that this machine's apt uses. */
export async function machineArchives(): Promise<string[]> {
  const files = ["/etc/apt/sources.list"];
  try {
    for await (const { name } of Deno.readDir("/etc/apt/sources.list.d")) {
      if (/\.(list|sources)$/.test(name)) files.push(`/etc/apt/sources.list.d/${name}`);
    }
  } catch {
    // No such folder: the list is all there is.
  }
  const texts = await Promise.all(files.sort().map((file) => Deno.readTextFile(file).catch(() => "")));
  return texts.flatMap(archivesIn);
}
