import { allNodes, type CommandNode } from "./command_tree.ts";

/** A script that makes bash complete the command of a tree. */
export function bashScript(tree: CommandNode): string {
  const nodes = allNodes(tree), name = tree.path;
  const paths = nodes.slice(1).map(({ path }) => `"${path}"`).join("|");
  const values = nodes.flatMap(({ path, options }) =>
    options.filter(({ takesValue }) => takesValue).map(({ names, choices }) => {
      const cases = names.map((each) => `"${path}:${each}"`).join("|");
      const reply = choices.length === 0
        ? ""
        : ` COMPREPLY=($(compgen -W "${choices.join(" ")}" -- "$cur"));`;
      return `    ${cases})${reply} return ;;`;
    })
  );
  const words = nodes.map(({ path, options, commands }) => {
    const flags = options.flatMap(({ names }) => names).join(" ");
    const below = commands.map((each) => each.path.split(" ").at(-1)).join(" ");
    return `    "${path}") options="${flags}" commands="${below}" ;;`;
  });
  return `# Completions of ${name} for bash: ${name} completions bash > ~/.local/share/bash-completion/completions/${name}
_${name}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} where=${name} options= commands= i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$where \${COMP_WORDS[i]}" in
      ${paths}) where="$where \${COMP_WORDS[i]}" ;;
    esac
  done
  case "$where:$prev" in
${values.join("\n")}
  esac
  case "$where" in
${words.join("\n")}
  esac
  if [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$cur"))
  elif [[ -n $commands ]]; then
    COMPREPLY=($(compgen -W "$commands" -- "$cur"))
  fi
}
complete -o default -F _${name} ${name}
`;
}
