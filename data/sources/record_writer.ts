/** Where records go: a database that appears at its place, complete, with `finish`. */
export interface RecordWriter extends Disposable {
  /** Number of records written so far. */
  readonly count: number;
  /** Adds bytes under a key. */
  writeBytes(key: string, value: Uint8Array): void;
  /** Writes what remains and moves the database to its place. Without it, disposing removes everything. */
  finish(): void;
}
