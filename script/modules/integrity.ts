import { CremaError, type CremaErrorOptions } from "../../base/error.ts";

const ALGORITHMS: Record<string, string> = { sha256: "SHA-256", sha384: "SHA-384", sha512: "SHA-512" };
const STRENGTH = Object.keys(ALGORITHMS);

/** The hash of a module's source in the form of `integrity`: "sha256-" and base64. */
export async function integrityOf(
  source: string | Uint8Array<ArrayBuffer>,
  algorithm = "sha256",
): Promise<string> {
  const bytes = typeof source === "string" ? new TextEncoder().encode(source) : source;
  const digest = await crypto.subtle.digest(ALGORITHMS[algorithm]!, bytes);
  return `${algorithm}-${new Uint8Array(digest).toBase64()}`;
}

/**
 * Checks a module's source against an `integrity` as web pages have it (Subresource Integrity): one or more
 * of "sha256-…", "sha384-…", "sha512-…"; one of the strongest kind given must match. Throws a CremaError with
 * both hashes.
 */
export async function checkIntegrity(
  url: string,
  source: string,
  integrity: string,
  place: CremaErrorOptions = {},
): Promise<void> {
  const given = integrity.split(/\s+/).filter((hash) => hash !== "");
  const kind = (hash: string) => hash.slice(0, hash.indexOf("-"));
  for (const hash of given) {
    if (!STRENGTH.includes(kind(hash))) {
      throw new CremaError(
        `Expected integrity to be 'sha256-' and a hash in base64 but found '${hash}'`,
        place,
      );
    }
  }
  const strongest = STRENGTH.findLast((algorithm) => given.some((hash) => kind(hash) === algorithm));
  const found = await integrityOf(source, strongest);
  const expected = given.filter((hash) => kind(hash) === strongest);
  if (expected.includes(found)) return;
  throw new CremaError(`Expected integrity ${expected.join(" or ")} of ${url} but found ${found}`, {
    ...place,
    hint: "The module has changed. Read it again before you trust the new hash; none of it was run.",
  });
}
