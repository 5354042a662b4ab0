/** What a user asked for besides what a program needs. */
export interface PermissionOptions {
  /** Everything. */
  allowAll?: boolean | undefined;
  /** Hosts, or true for all. */
  allowNet?: string | true | undefined;
  /** Hosts that modules may be imported from at run time, or true for all. */
  allowImport?: string | true | undefined;
  /** Paths, or true for all. */
  allowRead?: string | true | undefined;
  /** Paths, or true for all. */
  allowWrite?: string | true | undefined;
  /** Programs, or true for all. */
  allowRun?: string | true | undefined;
}

/** What every program does: it reads itself, loads its engine, and asks what machine it is on. */
const ALWAYS = ["--allow-env", "--allow-sys", "--allow-ffi"];

/** Flags of Deno for a program of a kind; `{root}` stands for the folder that it is unpacked in. */
export function permissionFlags(
  kind: "command" | "script" | "classifier",
  options: PermissionOptions,
): string[] {
  if (options.allowAll) return ["--allow-all"];
  const { allowNet, allowImport, allowRead, allowWrite, allowRun } = options;
  // The command and its snapshots, a script and its data: anywhere that the user points them to. Packages and modules are
  // looked into by the deno that is in the program.
  const needed = {
    command: { read: true, write: true, run: "{root}/deno" },
    script: { read: true, write: true, run: undefined },
    classifier: { read: true, write: undefined, run: undefined },
  } as const;
  const { read, write, run } = needed[kind];
  return [
    flag("read", allowRead ?? read),
    flag("write", allowWrite ?? write),
    ...ALWAYS,
    flag(
      "run",
      allowRun === undefined || allowRun === true ? allowRun ?? run : [run, allowRun].filter(Boolean).join(),
    ),
    flag("net", allowNet),
    ...(allowImport === undefined ? ["--no-remote"] : [flag("import", allowImport)]),
  ].filter((each) => each !== "");
}

function flag(name: string, value: string | true | undefined): string {
  return value === undefined ? "" : value === true ? `--allow-${name}` : `--allow-${name}=${value}`;
}
