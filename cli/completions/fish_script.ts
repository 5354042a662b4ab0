import { allNodes, type CommandNode } from "./command_tree.ts";

/** A script that makes fish complete the command of a tree. */
export function fishScript(tree: CommandNode): string {
  const nodes = allNodes(tree), name = tree.path;
  const lines = nodes.flatMap(({ path, options, commands }) => {
    const at = `complete -c ${name} -n "__${name}_at '${path}'"`;
    return [
      ...commands.map((each) => `${at} -f -a ${each.path.split(" ").at(-1)} -d ${quoted(each.description)}`),
      ...options.map(({ names, description, takesValue, choices }) => {
        const flags = names.map((each) =>
          each.startsWith("--") ? `-l ${each.slice(2)}` : `-s ${each.slice(1)}`
        );
        const value = choices.length > 0 ? ` -x -a ${quoted(choices.join(" "))}` : takesValue ? " -r" : "";
        return `${at} ${flags.join(" ")}${value} -d ${quoted(description)}`;
      }),
    ];
  });
  return `# Completions of ${name} for fish: ${name} completions fish > ~/.config/fish/completions/${name}.fish
function __${name}_at
  set -l where ${name}
  for word in (commandline -opc)[2..-1]
    switch "$where $word"
      case ${nodes.slice(1).map(({ path }) => `'${path}'`).join(" ")}
        set where "$where $word"
    end
  end
  test "$where" = $argv[1]
end
${lines.join("\n")}
`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
