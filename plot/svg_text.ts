/** A text of an SVG document, with more attributes. */
export function svgText(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${round(x)}" y="${round(y)}" ${attributes}>${escapeXml(content)}</text>`;
}

/** A text's width in pixels, estimated for a font size. */
export function textWidth(content: string, size: number): number {
  return Math.ceil(content.length * size * 0.58);
}

/** A text as it stands in XML: without what XML can't hold. */
function escapeXml(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    // deno-lint-ignore no-control-regex -- XML 1.0 has no place for these
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "�");
}

/** A number with two digits, as many as an SVG document needs. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** A text of at most so many characters, with an ellipsis where it was cut. */
export function shorten(content: string, most: number): string {
  return content.length > most ? `${content.slice(0, most - 1)}…` : content;
}
