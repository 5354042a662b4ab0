import { type Command, Option } from "commander";
import { printError } from "../output/print.ts";

/** Flags of the `caffe` command and of its log that some of our commands have no use for, and why. */
const IGNORED: Readonly<Record<string, string>> = {
  "--gpu <ids>": "Crema computes on the CPU",
  "--model <file>": "the solver names the net",
  "--solver <file>": "there is nothing to train",
  "--iterations <n>": "the solver's max_iter decides",
  "--phase <phase>": "the solver has nets for both phases",
  "--snapshot <file>": "there is no training to resume",
  "--sigint_effect <effect>": "there is no snapshot to take",
  "--sighup_effect <effect>": "there is no snapshot to take",
  "--logtostderr": "the log goes to standard error anyway",
  "--alsologtostderr": "the log goes to standard error anyway",
  "--log_dir <folder>": "the log goes to standard error, and with --log to a file",
  "--minloglevel <n>": "every line is written",
  "--stderrthreshold <n>": "every line is written",
  "--v <n>": "every line is written",
};

/** The commands that stand for those of `caffe`. The others take `--gpu` alone. */
const OF_CAFFE = new Set(["train", "test", "time"]);

/**
 * Makes a command take the flags of `caffe` and of its log, which people paste, even where they mean nothing here: it
 * says that they are ignored, and why. Flags that the command has itself stay its own.
 */
export function addCaffeFlags(command: Command): Command {
  const own = new Set(command.options.map(({ long }) => long));
  const added = Object.keys(IGNORED).map((flags) => new Option(flags).hideHelp())
    .filter(({ long }) => !own.has(long) && (OF_CAFFE.has(command.name()) || long === "--gpu"));
  for (const option of added) command.addOption(option);
  return command.hook("preAction", () => {
    for (const option of added) {
      if (command.getOptionValue(option.attributeName()) === undefined) continue;
      printError(`warning: ${option.long} is ignored: ${IGNORED[option.flags]}.\n`);
    }
  });
}
