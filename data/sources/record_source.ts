/** One record: values of shape (C, H, W) and a label. */
export interface SourceRecord {
  /** C. 0 when the record is an encoded image, whose shape shows only when it is decoded. */
  channels: number;
  /** H. */
  height: number;
  /** W. */
  width: number;
  /** The class, a whole number. */
  label: number;
  /** The values, the last axis fastest, or an image file when `encoded`. Valid until the source is used again. */
  data: Uint8Array | Float32Array;
  /** Whether `data` is a JPEG or PNG file. */
  encoded: boolean;
}

/**
 * Where records come from: read one after the other, from a position that can be set exactly. A source gives one
 * epoch; who reads it seeks to 0 to begin the next one.
 */
export interface RecordSource extends Disposable {
  /** For people, as in error messages: the path. */
  readonly name: string;
  /** How many records there are, where that is known. */
  readonly count: number | undefined;
  /** Makes the record `index` (from 0) the next one. Throws a CremaError when there is no such record. */
  seek(index: number): void;
  /** Reads the next record; undefined after the last. Throws a CremaError when the record is damaged. */
  read(): SourceRecord | undefined;
  /** Names the record `index` for people: its key or file. Undefined where that can't be told. */
  describe?(index: number): string | undefined;
}

/** Where a reader stands: a record of an epoch, both from 0. */
export interface Position {
  /** How often all records were gone through. */
  epoch: number;
  /** Records read in this epoch, which is the number of the next one. */
  index: number;
}
