import { colorWanted } from "./print.ts";

/** Gives a text on standard output a colour (#rrggbb), where that is a terminal and colours are wanted. */
export function painter(): (text: string, color: string) => string {
  const wanted = Deno.stdout.isTerminal() && colorWanted();
  return (text, color) => {
    const [r, g, b] = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
    return wanted ? `\x1b[38;2;${r};${g};${b}m${text}\x1b[0m` : text;
  };
}
