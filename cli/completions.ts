import { Argument, Command } from "commander";
import { bashScript } from "./completions/bash_script.ts";
import { type CommandNode, commandTree } from "./completions/command_tree.ts";
import { fishScript } from "./completions/fish_script.ts";
import { zshScript } from "./completions/zsh_script.ts";
import { printOut } from "./output/print.ts";

const SHELLS = { bash: bashScript, zsh: zshScript, fish: fishScript } satisfies Record<
  string,
  (tree: CommandNode) => string
>;

/** `crema completions`: scripts that make shells complete the command. `program` makes the whole of it. */
export function completionsCommand(program: () => Promise<Command>): Command {
  return new Command("completions")
    .description("print a script that makes a shell complete crema's commands and options")
    .addArgument(new Argument("<shell>", "the shell").choices(Object.keys(SHELLS)))
    .addHelpText(
      "after",
      `
bash:  crema completions bash > ~/.local/share/bash-completion/completions/crema
zsh:   crema completions zsh > ~/.zfunc/_crema    # a folder of $fpath
fish:  crema completions fish > ~/.config/fish/completions/crema.fish`,
    )
    .action(async (shell: keyof typeof SHELLS) => {
      printOut(SHELLS[shell](commandTree(await program())));
    });
}
