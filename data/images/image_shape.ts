/** Shape of one record or image: (C, H, W). */
export interface ImageShape {
  /** C. */
  channels: number;
  /** H. */
  height: number;
  /** W. */
  width: number;
}

/** Writes a shape as it appears in messages: 3x32x32. */
export function formatShape({ channels, height, width }: ImageShape): string {
  return `${channels}x${height}x${width}`;
}
