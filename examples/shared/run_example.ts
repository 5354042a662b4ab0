// deno-lint-ignore-file no-console -- an example speaks to its reader

/** An example: draws its pictures into a folder and returns what is worth telling. */
export type Example = (folder: string) => Promise<Record<string, number>>;

/** Runs an example that is started as a program: pictures go to the folder of the argument, or to the current one. */
export async function runExample(isMain: boolean, example: Example): Promise<void> {
  if (!isMain) return;
  const folder = Deno.args[0] ?? ".";
  await Deno.mkdir(folder, { recursive: true });
  for (const [name, value] of Object.entries(await example(folder))) console.log(`${name}: ${value}`);
}
