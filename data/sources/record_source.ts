/** One record: values (C, H, W) and a label. */
export interface SourceRecord {
  /** C. 0 for an encoded image, whose shape is known only after decoding. */
  channels: number;
  /** H. */
  height: number;
  /** W. */
  width: number;
  /** The class, an integer. */
  label: number;
  /**
   * The values with the last axis fastest, or an image file if `encoded`. Valid until the source is used
   * again.
   */
  data: Uint8Array | Float32Array;
  /** Whether `data` is a JPEG or PNG file. */
  encoded: boolean;
  /** The boxes of an AnnotatedDatum; undefined where the database has none, or was not asked for them. */
  boxes?: readonly AnnotatedBox[] | undefined;
}

/** A box around an object. The coordinates are parts of the image's width and height. */
export interface AnnotatedBox {
  /** The object's class. */
  label: number;
  /** The object's number in its class. */
  instance: number;
  /** The left side. */
  xmin: number;
  /** The upper side. */
  ymin: number;
  /** The right side. */
  xmax: number;
  /** The lower side. */
  ymax: number;
  /** Whether the object is hard to detect. */
  difficult: boolean;
}

/**
 * Where records come from. They are read in order, from a position that can be set exactly. A source holds
 * one epoch: the reader seeks to 0 to begin the next one.
 */
export interface RecordSource extends Disposable {
  /** The name that error messages use: the path. */
  readonly name: string;
  /** Number of records, if known. */
  readonly count: number | undefined;
  /**
   * Makes the record `index` (from 0) the next one to read. Throws a CremaError when there is no such record.
   */
  seek(index: number): void;
  /**
   * Reads the next record. Returns undefined after the last. Throws a CremaError when the record is damaged.
   */
  read(): SourceRecord | undefined;
  /** Names the record `index` for messages, by its key or file. */
  describe?(index: number): string | undefined;
}

/** The position of a reader: an epoch and a record in it, both counted from 0. */
export interface Position {
  /** Number of complete passes over the records. */
  epoch: number;
  /** Number of records read in this epoch, which is the index of the next one. */
  index: number;
}
