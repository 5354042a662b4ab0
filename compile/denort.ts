import { join } from "node:path";
import { CremaError } from "../base/error.ts";
import { findHome } from "./home.ts";
import { TEXT_FILES, WORKER_MODULES } from "./loaded_files.ts";
import { permissionFlags, type PermissionOptions } from "./permissions.ts";

/** Compiles a script with Deno's own `deno compile`. Throws a CremaError with Deno's message when that fails. */
export async function compileWithDenort(
  script: string,
  output: string,
  options: PermissionOptions & { include?: readonly string[] | undefined },
): Promise<void> {
  const { root } = findHome();
  // `deno compile` has no --no-remote: what was not packed can't be imported anyway.
  const permissions = permissionFlags("script", options).filter((each) => each !== "--no-remote");
  // The library, whose layers prototxts name, and what `deno compile` does not find by itself.
  const own = ["layers", ...WORKER_MODULES, ...TEXT_FILES].map((path) => join(root, path));
  const include = [...own, ...options.include ?? []].flatMap((path) => ["--include", path]);
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...[
        "compile",
        "--no-check",
        "--no-lock",
        "--config",
        join(root, "deno.json"),
        ...permissions,
        ...include,
      ],
      ...["--output", output, script],
    ],
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  if (success) return;
  const said = new TextDecoder().decode(stderr).replace(/\n+Stack backtrace.*/s, "").trim();
  throw new CremaError(`Expected \`deno compile\` to make ${output} but found: ${said}`, {
    hint: "It downloads denort first. Without --runtime denort nothing is downloaded.",
  });
}
