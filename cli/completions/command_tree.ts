import type { Command, Option } from "commander";

/** What a shell can complete after a command. */
export interface CommandNode {
  /** The words that lead to it: "crema dataset images". */
  path: string;
  /** What it does. */
  description: string;
  /** Its own options. */
  options: OptionNode[];
  /** Its sub-commands. */
  commands: CommandNode[];
}

/** An option. */
export interface OptionNode {
  /** Its names, with their dashes. */
  names: string[];
  /** What it does. */
  description: string;
  /** Whether a value follows. */
  takesValue: boolean;
  /** The values, where they are known. */
  choices: string[];
}

/** The tree of a commander command, without what it hides. */
export function commandTree(command: Command, before = ""): CommandNode {
  const path = `${before}${command.name()}`;
  return {
    path,
    description: firstLine(command.description()),
    options: [...command.options.filter(({ hidden }) => !hidden).map(optionNode), HELP],
    commands: command.commands.map((each) => commandTree(each, `${path} `)),
  };
}

/** A node and all below it. */
export function allNodes(node: CommandNode): CommandNode[] {
  return [node, ...node.commands.flatMap(allNodes)];
}

const HELP: OptionNode = {
  names: ["-h", "--help"],
  description: "display help for command",
  takesValue: false,
  choices: [],
};

function optionNode(option: Option): OptionNode {
  return {
    names: [option.short, option.long].filter((name) => name !== undefined),
    description: firstLine(option.description),
    takesValue: option.required || option.optional,
    choices: [...option.argChoices ?? []],
  };
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}
