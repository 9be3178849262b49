/**
 * Jupyter counts a cursor's place in Unicode code points, JavaScript in UTF-16 code units
 * (Jupyter messaging 5.2, "cursor_pos and unicode").
 */

/** UTF-16 offset of the code point with this index, kept within the text. */
export function toUtf16(text: string, codePoints: number): number {
  let offset = 0;
  for (let left = codePoints; left > 0 && offset < text.length; left--) {
    offset += text.codePointAt(offset)! > 0xffff ? 2 : 1;
  }
  return offset;
}

/** How many code points stand before this UTF-16 offset. */
export function toCodePoints(text: string, offset: number): number {
  let count = 0;
  for (let at = 0; at < offset && at < text.length; count++) at += text.codePointAt(at)! > 0xffff ? 2 : 1;
  return count;
}
