/** A file that lines are appended to. After a line that was only partly written the next begins on a line of its own. */
export class LogFile implements Disposable {
  readonly #file: Deno.FsFile;
  #torn = false;

  /** Opens or creates a file; throws what opening it throws. */
  constructor(path: string) {
    this.#file = Deno.openSync(path, { write: true, create: true, append: true });
  }

  /** Appends a line, given without its newline. Throws when the system can't write it, as on a full disk. */
  write(line: string): void {
    let bytes = new TextEncoder().encode(`${this.#torn ? "\n" : ""}${line}\n`);
    while (bytes.length > 0) {
      const written = this.#file.writeSync(bytes);
      this.#torn = written < bytes.length;
      bytes = bytes.subarray(written);
    }
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}
