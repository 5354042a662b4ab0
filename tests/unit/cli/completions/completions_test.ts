import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { Command, Option } from "commander";
import { bashScript } from "../../../../cli/completions/bash_script.ts";
import { commandTree } from "../../../../cli/completions/command_tree.ts";
import { fishScript } from "../../../../cli/completions/fish_script.ts";
import { zshScript } from "../../../../cli/completions/zsh_script.ts";
import { completionsCommand } from "../../../../cli/completions.ts";

const program = () =>
  new Command("crema").option("-v, --version", "print versions")
    .addCommand(
      new Command("train").description("train a net").option("--solver <file>", "the solver's prototxt")
        .addOption(new Option("--effect <effect>", "what: it does").choices(["stop", "none"]))
        .addOption(new Option("--gpu <ids>").hideHelp()),
    )
    .addCommand(
      new Command("dataset").addCommand(new Command("images").description("it's images").option("--gray")),
    );

Deno.test("the tree of a command has all words that a shell completes", () => {
  const tree = commandTree(program());
  assert.deepEqual(tree.commands.map(({ path }) => path), ["crema train", "crema dataset"]);
  const [train] = tree.commands;
  assert.deepEqual(
    train!.options.map(({ names, takesValue, choices }) => [...names, takesValue, ...choices]),
    [
      ["--solver", true],
      ["--effect", true, "stop", "none"],
      ["-h", "--help", false],
    ],
  );
});

/** What bash completes at the end of words, by the script itself. */
async function bashCompletes(...words: string[]): Promise<string[]> {
  const line = words.map((word) => `'${word}'`).join(" ");
  const script = `${bashScript(commandTree(program()))}
COMP_WORDS=(${line}); COMP_CWORD=${words.length - 1}; _crema; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = await new Deno.Command("bash", { args: ["--norc", "-c", script] }).output();
  assert.equal(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout).split("\n").filter((word) => word !== "");
}

Deno.test(
  "bash completes commands, options and their values",
  { ignore: !existsSync("/bin/bash") },
  async () => {
    assert.deepEqual(await bashCompletes("crema", "tr"), ["train"]);
    assert.deepEqual(await bashCompletes("crema", "dataset", ""), ["images"]);
    assert.deepEqual(await bashCompletes("crema", "dataset", "images", "--g"), ["--gray"]);
    assert.deepEqual(await bashCompletes("crema", "train", "--effect", "s"), ["stop"]);
    // No reply: bash completes files.
    assert.deepEqual(await bashCompletes("crema", "train", "--solver", "x"), []);
    assert.deepEqual(await bashCompletes("crema", "train", "--solver", "x", "--e"), ["--effect"]);
  },
);

Deno.test("zsh and fish get the same words, with what they mean", () => {
  const tree = commandTree(program());
  const zsh = zshScript(tree);
  assert.match(zsh, /^#compdef crema\n/);
  assert.ok(zsh.includes(`"crema train:--effect") compadd -- stop none; return ;;`));
  assert.ok(zsh.includes(`commands=('images:it'\\''s images')`));
  const fish = fishScript(tree);
  assert.ok(fish.includes(`complete -c crema -n "__crema_at 'crema'" -f -a train -d 'train a net'`));
  assert.ok(
    fish.includes(
      `complete -c crema -n "__crema_at 'crema train'" -l effect -x -a 'stop none' -d 'what: it does'`,
    ),
  );
  assert.ok(fish.includes(`-l solver -r -d 'the solver\\'s prototxt'`));
});

Deno.test("crema completions takes the shells it knows", async () => {
  const command = completionsCommand(() => Promise.resolve(program())).exitOverride()
    .configureOutput({ writeErr: () => {} });
  await assert.rejects(command.parseAsync(["tcsh"], { from: "user" }), /Allowed choices are bash, zsh, fish/);
});
