/** Path of a file in tests/unit/proto/fixtures. */
export function fixture(name: string): string {
  return new URL(`./fixtures/${name}`, import.meta.url).pathname;
}

/** Text of a file in tests/unit/proto/fixtures. */
export function fixtureText(name: string): string {
  return Deno.readTextFileSync(fixture(name));
}

/** Runs `body` with a folder that is removed afterwards. */
export async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
