/** Path of a file in tests/unit/proto/fixtures. */
export function fixture(name: string): string {
  return new URL(`./fixtures/${name}`, import.meta.url).pathname;
}

/** Text of a file in tests/unit/proto/fixtures. */
export function fixtureText(name: string): string {
  return Deno.readTextFileSync(fixture(name));
}
