/**
 * Takes the kernel's lock on a file, for itself or together with others; false when somebody else has it. On a file system
 * that knows no locks it has it always.
 */
export function tryLock(file: Deno.FsFile, exclusive: boolean): boolean {
  try {
    return file.tryLockSync(exclusive);
  } catch (error) {
    // EINVAL, ENOLCK, EOPNOTSUPP: a file system without locks.
    if (["EINVAL", "ENOLCK", "EOPNOTSUPP", "ENOTSUP"].includes((error as { code?: string }).code ?? "")) {
      return true;
    }
    throw error;
  }
}
