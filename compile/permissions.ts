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

/** What of Deno's permissions a program has: true for all of a kind. */
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
 * What each kind of program can't do without; `{root}` stands for the folder that it is unpacked in. FFI can't be
 * narrowed: Deno lets nobody look at native memory who may not load any library.
 */
const NEEDED: Record<"command" | "script" | "classifier", Permissions> = {
  // Files and snapshots wherever the user points it to. It runs its own deno to look into modules; Deno asks for leave to
  // run anything of who hands LD_LIBRARY_PATH on, as it must where libgcc is not installed.
  command: { read: true, write: true, env: true, sys: true, ffi: true, run: true },
  script: { read: true, write: true, env: true, sys: true, ffi: true },
  // Itself, and on --serve its own machine. Sharp asks for the rest when it looks what machine it is on.
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
    // Whatever it may read, it reads itself.
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

/** What is needed and what was asked for besides. */
function more(
  needed: string | true | undefined,
  asked: string | true | undefined,
): string | true | undefined {
  if (needed === true || asked === true) return true;
  return [needed, asked].filter((each) => each !== undefined).join() || undefined;
}
