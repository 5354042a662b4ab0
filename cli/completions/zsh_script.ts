import { allNodes, type CommandNode } from "./command_tree.ts";

/** A script that makes zsh complete the command of a tree. */
export function zshScript(tree: CommandNode): string {
  const nodes = allNodes(tree), name = tree.path;
  const paths = nodes.slice(1).map(({ path }) => `"${path}"`).join("|");
  const values = nodes.flatMap(({ path, options }) =>
    options.filter(({ takesValue }) => takesValue).map(({ names, choices }) => {
      const cases = names.map((each) => `"${path}:${each}"`).join("|");
      return `    ${cases}) ${
        choices.length === 0 ? "_files" : `compadd -- ${choices.join(" ")}`
      }; return ;;`;
    })
  );
  const words = nodes.map(({ path, options, commands }) => {
    const flags = options.flatMap(({ names, description }) =>
      names.map((each) => described(each, description))
    );
    const below = commands.map((each) => described(each.path.split(" ").at(-1)!, each.description));
    return `    "${path}")\n      options=(${flags.join(" ")})\n      commands=(${below.join(" ")}) ;;`;
  });
  return `#compdef ${name}
# Completions of ${name} for zsh: ${name} completions zsh > a folder of $fpath, as _${name}
_${name}() {
  local where=${name} word
  local -a options commands
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$where $word" in
      ${paths}) where="$where $word" ;;
    esac
  done
  case "$where:\${words[CURRENT-1]}" in
${values.join("\n")}
  esac
  case "$where" in
${words.join("\n")}
  esac
  if [[ \${words[CURRENT]} == -* ]]; then
    _describe -o option options
  else
    (( \${#commands} )) && _describe command commands
    _files
  fi
}
if [[ \${funcstack[1]} == _${name} ]]; then
  _${name} "$@"
else
  compdef _${name} ${name}
fi
`;
}

/** A word and what it means, as _describe takes it. */
function described(word: string, description: string): string {
  return `'${word.replaceAll(":", "\\:")}:${description.replaceAll("'", "'\\''")}'`;
}
