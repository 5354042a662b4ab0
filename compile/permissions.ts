/** The permissions that a user gives a program, besides those that it needs. */
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

/** Deno's permissions of a program; true stands for all of a kind. */
interface Permissions {
  read?: string | true | undefined;
  write?: string | true | undefined;
  env?: string | true | undefined;
  sys?: string | true | undefined;
  ffi?: true | undefined;
  run?: string | true | undefined;
  net?: string | true | undefined;
  import?: string | true | undefined;
}

/** Variables that choose the engine and how its threads wait, and those that sharp reads when it decodes an image. */
const CLASSIFIER_ENVIRONMENT = [
  ...["CREMA_ENGINE", "CREMA_PROTO", "GOMP_SPINCOUNT", "OMP_WAIT_POLICY", "NO_COLOR"],
  ...["MALLOC_ARENA_MAX", "PKG_CONFIG_PATH", "SHARP_FORCE_GLOBAL_LIBVIPS", "SHARP_IGNORE_GLOBAL_LIBVIPS"],
  "npm_package_config_libvips",
].join();

/**
 * The permissions that each kind of program needs; `{root}` stands for the folder that it is unpacked in. FFI is not
 * narrowed: Deno requires unrestricted FFI permission to read native memory.
 */
const NEEDED: Record<"command" | "script" | "classifier", Permissions> = {
  // It reads and writes files wherever the user says. It runs its own deno to inspect modules, and passes LD_LIBRARY_PATH
  // on, which is needed where libgcc is not installed and for which Deno requires unrestricted run permission.
  command: { read: true, write: true, env: true, sys: true, ffi: true, run: true },
  script: { read: true, write: true, env: true, sys: true, ffi: true },
  // It reads its own files, and --serve listens on its own machine. Sharp needs the rest to find out what machine it is on.
  classifier: {
    read: "{root}",
    env: CLASSIFIER_ENVIRONMENT,
    sys: "cpus,hostname,networkInterfaces",
    ffi: true,
    net: "127.0.0.1,localhost",
  },
};

/** Flags of Deno for a program of a kind; `{root}` stands for the folder that it is unpacked in. */
export function permissionFlags(kind: keyof typeof NEEDED, options: PermissionOptions): string[] {
  if (options.allowAll) return ["--allow-all"];
  const needed = NEEDED[kind];
  const given: Permissions = {
    ...needed,
    // A program reads its own files in any case.
    read: more(options.allowRead === undefined ? needed.read : "{root}", options.allowRead),
    write: options.allowWrite ?? needed.write,
    run: more(needed.run, options.allowRun),
    net: more(needed.net, options.allowNet),
    import: options.allowImport,
  };
  return [
    ...Object.entries(given).flatMap(([name, value]) =>
      value === undefined ? [] : value === true ? `--allow-${name}` : `--allow-${name}=${value}`
    ),
    ...(options.allowImport === undefined ? ["--no-remote"] : []),
  ];
}

/** The permissions that are needed together with those that were asked for. */
function more(
  needed: string | true | undefined,
  asked: string | true | undefined,
): string | true | undefined {
  if (needed === true || asked === true) return true;
  return [needed, asked].filter((each) => each !== undefined).join() || undefined;
}
