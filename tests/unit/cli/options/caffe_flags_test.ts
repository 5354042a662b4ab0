import assert from "node:assert/strict";
import { Command } from "commander";
import { testCommand } from "../../../../cli/test.ts";
import { timeCommand } from "../../../../cli/time.ts";
import { trainCommand } from "../../../../cli/train.ts";
import { flagNames, longOptionNames } from "../../../../cli/options/long_option_names.ts";
import { normalizeArguments } from "../../../../cli/options/normalize_arguments.ts";

/** The flags that Caffe's caffe.cpp defines, and those of glog that scripts give. */
const CAFFE = [
  ...["-gpu=0", "-solver=s", "-model=m", "-phase=TEST", "-level=0", "-stage=a", "-snapshot=s", "-weights=w"],
  ...["-iterations=5", "-sigint_effect=stop", "-sighup_effect=none"],
  ...["--logtostderr=1", "--alsologtostderr", "--log_dir=/tmp", "--minloglevel=0", "--v=1"],
];

Deno.test("train, test and time take every flag of caffe's", () => {
  for (const make of [trainCommand, testCommand, timeCommand]) {
    const command = make(), program = new Command().addCommand(command);
    const args = normalizeArguments(CAFFE, longOptionNames(program), flagNames(program));
    const { operands, unknown } = command.parseOptions(args);
    assert.deepEqual([operands, unknown], [[], []], command.name());
  }
});
