import { key, type Key } from '../../../otlp/view/key.js';
import type { Range } from '../../../otlp/view/range.js';
import { at32, byteAt } from '../../../otlp/wire/at.js';
import { memberKeyEnd, memberValueEnd } from '../../../sampling/trace-state-syntax.js';
import { TextSet } from './text-set.js';

const mostMembers = 32;
const tab = 9;
const space = 32;
const comma = 44;
const equals = 61;

/** Bounds of the keys of the members that were read. */
const keys = new Int32Array(mostMembers * 2);

/** Whether a `tracestate` has a member with one of some values (docs/spec/gateway.md#tail-sampling-policies). */
export class TraceStateTest {
  readonly #key: Key;
  readonly #values: TextSet;

  constructor(name: string, values: readonly string[]) {
    this.#key = key(name);
    this.#values = new TextSet(
      values.filter((text) => text !== '' && Buffer.byteLength(name) + Buffer.byteLength(text) < 256),
    );
  }

  /**
   * A state that is not valid as a whole has no members. That is asked last, because few states have the member at all.
   */
  test({ bytes, start, end }: Range): boolean {
    for (let from = start; from < end;) {
      const to = indexOf(bytes, comma, from, end);
      const split = indexOf(bytes, equals, from, to);
      if (split < to && this.#key.equals(bytes, withoutBlanksBefore(bytes, from, split), split)) {
        const wanted = this.#values.has(bytes, split + 1, withoutBlanksBehind(bytes, split + 1, to));
        return wanted && isValid(bytes, start, end);
      }
      from = to + 1;
    }
    return false;
  }
}

/** The rules of W3C Trace Context as the Collector's library has them. */
function isValid(bytes: Uint8Array, start: number, end: number): boolean {
  let members = 0;
  for (let from = start; from < end;) {
    const to = indexOf(bytes, comma, from, end);
    if (to > from) {
      const split = indexOf(bytes, equals, from, to);
      const keyFrom = withoutBlanksBefore(bytes, from, split);
      const valueEnd = withoutBlanksBehind(bytes, split + 1, to);
      if (split === to || members === mostMembers) return false;
      if (memberKeyEnd(bytes, keyFrom, split) !== split || memberValueEnd(bytes, split + 1, valueEnd) !== valueEnd)
        return false;
      for (let i = 0; i < members; i++)
        if (isSame(bytes, at32(keys, i * 2), at32(keys, i * 2 + 1), keyFrom, split)) return false;
      keys[members * 2] = keyFrom;
      keys[members * 2 + 1] = split;
      members++;
    }
    from = to + 1;
  }
  return true;
}

function isSame(bytes: Uint8Array, from: number, to: number, otherFrom: number, otherTo: number): boolean {
  if (to - from !== otherTo - otherFrom) return false;
  for (let i = 0; i < to - from; i++) if (byteAt(bytes, from + i) !== byteAt(bytes, otherFrom + i)) return false;
  return true;
}

/** Where a byte stands; `to` when it does not. */
function indexOf(bytes: Uint8Array, wanted: number, from: number, to: number): number {
  let i = from;
  while (i < to && byteAt(bytes, i) !== wanted) i++;
  return i;
}

function withoutBlanksBefore(bytes: Uint8Array, from: number, to: number): number {
  let i = from;
  while (i < to && isBlank(byteAt(bytes, i))) i++;
  return i;
}

function withoutBlanksBehind(bytes: Uint8Array, from: number, to: number): number {
  let i = to;
  while (i > from && isBlank(byteAt(bytes, i - 1))) i--;
  return i;
}

function isBlank(byte: number): boolean {
  return byte === space || byte === tab;
}
