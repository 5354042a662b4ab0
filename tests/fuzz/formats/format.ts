/** A format of files that users hand in. */
export interface Format {
  /** How its files' names end. */
  readonly extension: string;
  /** Whether it is text. */
  readonly text?: boolean | undefined;
  /** Undamaged files, by name; those of tests/fuzz/corpus unless given. */
  readonly files?: ReadonlyMap<string, Uint8Array<ArrayBuffer>> | undefined;
  /** Reads a file as Crema does where a user names it. Throws a CremaError when it is damaged. */
  readonly read: (path: string) => Promise<void>;
}
