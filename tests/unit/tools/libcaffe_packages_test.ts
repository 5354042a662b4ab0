import assert from "node:assert/strict";
import { join } from "node:path";

/** Runs a module with stand-ins for apt-get and dpkg-deb; `target` is a folder for it. */
async function withStandIns(
  [apt, dpkg]: readonly [apt: string, dpkg: string],
  args: (target: string) => string[],
): Promise<{ code: number; said: string; folder: string[] }> {
  const folder = await Deno.makeTempDir();
  try {
    const bin = join(folder, "bin"), target = join(folder, "libcaffe");
    await Deno.mkdir(bin);
    await Deno.mkdir(target);
    await Deno.writeTextFile(join(bin, "apt-get"), `#!/bin/sh\n${apt}\n`, { mode: 0o755 });
    await Deno.writeTextFile(join(bin, "dpkg-deb"), `#!/bin/sh\n${dpkg}\n`, { mode: 0o755 });
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: args(target),
      env: { PATH: `${bin}:${Deno.env.get("PATH")}`, NO_COLOR: "1", LIBCAFFE_ROOT: "" },
    }).output();
    const decoder = new TextDecoder();
    const entries = Array.from(Deno.readDirSync(target), ({ name }) => name).sort();
    return { code, said: decoder.decode(stdout) + decoder.decode(stderr), folder: entries };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs fetchLibcaffe twice; returns what it printed. */
async function fetchTwice(apt: string, dpkg = "exit 1"): Promise<{ said: string; folder: string[] }> {
  const module = new URL("../../../tools/libcaffe_packages.ts", import.meta.url);
  return await withStandIns([apt, dpkg], (target) => [
    "eval",
    `import { fetchLibcaffe } from ${JSON.stringify(module)};
     const options = { unverified: true, progress: () => {} };
     for (let i = 0; i < 2; i++) {
       try {
         const { version, fresh } = await fetchLibcaffe(${JSON.stringify(target)}, options);
         console.log("fetched", version, fresh);
       } catch (error) {
         console.log(error.name, error.message);
       }
     }`,
  ]);
}

Deno.test("an archive that can't be reached is reported, with what to do", async () => {
  const { said, folder } = await fetchTwice("echo \"E: Could not resolve 'mirror'\" >&2; exit 100");
  assert.match(said, /Could not resolve 'mirror'/);
  assert.match(said, /ArchiveError .*/);
  assert.match(said, /check the network and apt's sources, then run `deno task libcaffe` again/);
  assert.ok(!folder.includes("prefix"));
});

/** An apt-get that "downloads" empty packages into the private cache that its options name. */
const APT = `for word in "$@"; do
  case "$last" in -c) conf=$word;; esac
  last=$word
done
cache=$(sed -n 's/^Dir::Cache "\\(.*\\)";$/\\1/p' "$conf")
case "$*" in
  *install*) touch "$cache/archives/libcaffe-dev_1.0.0%2bgit-8_amd64.deb" "$cache/archives/libc6_2.31_amd64.deb" ;;
esac`;

Deno.test("packages are unpacked once, without the C library", async () => {
  const { said, folder } = await fetchTwice(APT, 'case "$2" in *libc6_*) exit 1;; esac; mkdir -p "$3/usr"');
  assert.equal(said.trim(), "fetched 1.0.0+git-8 true\nfetched 1.0.0+git-8 false");
  assert.deepEqual(folder, ["packages.json", "prefix"]);
});

Deno.test("a package that can't be unpacked leaves no prefix behind", async () => {
  const { said, folder } = await fetchTwice(APT);
  assert.match(said, /Expected to unpack .*libcaffe-dev/);
  assert.ok(!folder.includes("prefix"));
});

for (
  const [what, apt, status] of [
    ["a name that can't be resolved", "echo \"E: Could not resolve 'mirror'\" >&2; exit 100", 3],
    ["a suite that is gone", 'echo "E: The repository does not have a Release file." >&2; exit 100', 3],
    [
      "a package that is gone",
      `${APT}
case "$*" in *install*) echo "E: Unable to locate package libcaffe-dev" >&2; exit 100 ;; esac`,
      3,
    ],
    ["a signature that is wrong", 'echo "E: The repository is not signed. NO_PUBKEY 1" >&2; exit 100', 1],
    ["a full disk", 'echo "E: Failed to fetch: No space left on device" >&2; exit 100', 1],
    ["packages that can't be unpacked", APT, 1],
  ] as const
) {
  Deno.test(`deno task libcaffe ends with status ${status} at ${what}`, async () => {
    const tool = new URL("../../../tools/libcaffe.ts", import.meta.url).pathname;
    const { code, said } = await withStandIns(
      [apt, "exit 1"],
      (target) => ["run", "-A", tool, "--unverified", "--folder", target],
    );
    assert.equal(code, status, said);
    assert.match(said, /Expected to/);
    assert.doesNotMatch(said, /\bat file:/);
  });
}
