import { readVarint, skipValue } from './varint.js';

/** A field as it stands on the wire: its tag, and the bounds of its value, without the length before it. */
export type VisitField = (tag: number, start: number, end: number) => void;

/**
 * Walks the fields of a small message that is not yet checked, such as a backend's response. The result is undefined,
 * or why the walk stopped before the end; a group is a reason too.
 */
export function eachField(bytes: Uint8Array, visit: VisitField): string | undefined {
  for (let at = 0; at < bytes.length;) {
    const tag = readVarint(bytes, at, bytes.length);
    if (!tag || tag.value < 8) return 'broken field';
    const wire = tag.value % 8;
    let start = tag.next;
    let end: number;
    if (wire === 2 || wire === 0) {
      const number = readVarint(bytes, start, bytes.length);
      if (!number) return 'unexpected EOF';
      end = wire === 2 ? number.next + number.value : number.next;
      if (wire === 2) start = number.next;
    } else if (wire === 1 || wire === 5) end = skipValue(bytes, start, wire);
    else return `illegal wireType ${wire}`;
    if (end > bytes.length) return 'unexpected EOF';
    visit(tag.value, start, end);
    at = end;
  }
  return undefined;
}
