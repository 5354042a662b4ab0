import { nearest } from "../../base/distance.ts";
import { CremaError, type Location } from "../../base/error.ts";
import { type NamedParameter, parameterName } from "./stored_parameter.ts";

/** A new name for parameters. */
export interface Rename {
  /**
   * The name of a parameter (`conv1/0`), of a layer (`conv1`), or a pattern of parameters' names, in which each `*` stands for
   * any text.
   */
  readonly from: string;
  /** The new name, with as many `*` as `from`, which get the same text. Undefined leaves the parameter out. */
  readonly to: string | undefined;
  /** Where it stands, for error messages. */
  readonly place?: Location | undefined;
}

/**
 * Gives parameters other names. A parameter's own name counts more than that of its layer, and that more than a pattern;
 * among patterns the first that fits counts. Throws a CremaError for a rename that fits no parameter (nor any of the names
 * `others`, which may be there too), and when two parameters would have one name.
 *
 * ```ts
 * import { renameWeights } from "./rename_weights.ts";
 * import assert from "node:assert/strict";
 *
 * const named = (...names: string[]) => names.map((name) => ({ name, shape: [1], read: () => Float32Array.of(1) }));
 * const renamed = renameWeights(named("features.0.weight", "features.0.bias", "fc/0", "step"), [
 *   { from: "features.*.*", to: "conv*.*" },
 *   { from: "fc", to: "ip" },
 *   { from: "step", to: undefined },
 * ]);
 * assert.deepEqual(renamed.map(({ name }) => name), ["conv0.weight", "conv0.bias", "ip/0"]);
 * ```
 */
export function renameWeights<Parameter extends NamedParameter>(
  parameters: readonly Parameter[],
  renames: readonly Rename[],
  others: readonly string[] = [],
): Parameter[] {
  const rules = rulesOf(renames), used = new Set<Rule>();
  const names = parameters.map(({ name }) => {
    const rule = ruleFor(rules, name);
    if (rule === undefined) return name;
    used.add(rule);
    return rule.apply(name);
  });
  for (const name of others) {
    const rule = ruleFor(rules, name);
    if (rule !== undefined) used.add(rule);
  }
  for (const rule of rules) if (!used.has(rule)) throw unused(rule, rules, parameters);
  checkApart(parameters, names);
  return parameters.flatMap((parameter, i) => {
    const name = names[i];
    return name === undefined ? [] : [{ ...parameter, name, read: () => parameter.read() }];
  });
}

/** A rename that can be applied. */
interface Rule extends Rename {
  readonly isPattern: boolean;
  /** Whether it names this parameter, as its own name, or by a pattern. */
  matches(name: string): boolean;
  /** The new name of a parameter, or of one of the layer. */
  apply(name: string): string | undefined;
}

function rulesOf(renames: readonly Rename[]): Rule[] {
  const seen = new Set<string>();
  return renames.map((rename) => {
    const { from, to, place = {} } = rename;
    if (seen.has(from)) throw new CremaError(`Expected each name once but found '${from}' again`, place);
    seen.add(from);
    if (from === "" || to === "") throw new CremaError("Expected a name but found an empty one", place);
    const stars = from.split("*").length - 1, found = (to ?? from).split("*").length - 1;
    if (stars !== found) {
      throw new CremaError(
        `Expected as many * in '${to}' as in '${from}', ${stars}, but found ${found}`,
        place,
      );
    }
    return stars > 0 ? patternRule(rename) : plainRule(rename);
  });
}

function plainRule(rename: Rename): Rule {
  const { from, to } = rename;
  return {
    ...rename,
    isPattern: false,
    matches: (name) => name === from,
    // A layer's name is followed by that of the parameter.
    apply: (name) => to === undefined ? undefined : to + name.slice(from.length),
  };
}

function patternRule(rename: Rename): Rule {
  const { from, to } = rename;
  const parts = from.split("*"), pattern = new RegExp(`^${parts.map(RegExp.escape).join("(.*?)")}$`, "s");
  return {
    ...rename,
    isPattern: true,
    matches: (name) => pattern.test(name),
    apply: (name) => {
      const [, ...texts] = pattern.exec(name)!;
      return to?.replaceAll("*", () => texts.shift()!);
    },
  };
}

function ruleFor(rules: readonly Rule[], name: string): Rule | undefined {
  const { layer } = parameterName(name);
  return rules.find((rule) => !rule.isPattern && rule.matches(name)) ??
    rules.find((rule) => !rule.isPattern && layer !== "" && rule.from === layer) ??
    rules.find((rule) => rule.isPattern && rule.matches(name));
}

function unused(rule: Rule, rules: readonly Rule[], parameters: readonly NamedParameter[]): CremaError {
  const { from, place } = rule, names = parameters.map(({ name }) => name);
  const reached = names.filter((name) => rule.matches(name) || parameterName(name).layer === from);
  if (reached.length > 0) {
    const other = ruleFor(rules, reached[0]!)!;
    return new CremaError(
      `Expected '${from}' to rename something but found that '${other.from}' renames ${reached[0]} already`,
      { ...place },
    );
  }
  const near = nearest(from, [...names, ...new Set(names.map((name) => parameterName(name).layer))]);
  return new CremaError(`Expected a parameter or layer '${from}' but found none`, {
    ...place,
    hint: near === undefined || near === "" ? "`crema weights show` lists them." : `Did you mean '${near}'?`,
  });
}

function checkApart(parameters: readonly NamedParameter[], names: readonly (string | undefined)[]): void {
  const seen = new Map<string, string>();
  for (const [i, name] of names.entries()) {
    if (name === undefined) continue;
    const { name: own } = parameters[i]!, other = seen.get(name);
    if (other !== undefined) {
      throw new CremaError(
        `Expected new names for different parameters but found '${name}' for '${other}' and '${own}'`,
      );
    }
    seen.set(name, own);
  }
}
