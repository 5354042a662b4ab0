/** The cells of the line of a bench's table that begins with `name`. */
export function tableCells(text: string, name: string): string[] {
  const line = text.split("\n").find((each) => each.startsWith(`  ${name} `));
  return line!.slice(2 + name.length).trim().split(/ {2,}/);
}
