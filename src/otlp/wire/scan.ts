import { messageNumber, topMessage } from '../fields.js';
import { Index } from './item-index.js';
import { InvalidOtlp } from './invalid.js';
import { withRoom } from './numbers.js';
import { pathTo } from './path-to.js';
import type { Signal } from '../signal.js';
import { fieldCodes, reservedCodes, IndexRole, roles, rowLength, Wire } from './tables.js';

/**
 * Rows grow here and are copied once, at their exact size, when the fields have been read. They are few megabytes, as
 * large messages are read in pieces (`piecewise-scan.ts`).
 */
let resources: Int32Array = new Int32Array(256);
let scopes: Int32Array = new Int32Array(256);
let items: Int32Array = new Int32Array(8192);
/** Frames of 2: end of the message, its number. */
let stack: Int32Array = new Int32Array(256);

export interface Scanned {
  readonly index: Index;
  readonly count: number;
  /** The reserved field 1000 of an old sender occurs; see `deprecated-scopes.ts`. */
  readonly reserved: boolean;
}

/** Visits every field of an export request once, without recursion. @throws InvalidOtlp */
export function scan(signal: Signal, bytes: Uint8Array): Scanned {
  return scanFields(signal, bytes, topMessage[signal], 0, bytes.length, undefined);
}

/**
 * Visits the fields in `[from, to)`, which are whole fields of one message. Rows count from the first resource, scope
 * and item found here. `open` is the row of the item that the fields are a part of: it becomes the first row of the
 * items, with what these fields add to it.
 * @throws InvalidOtlp
 */
export function scanFields(
  signal: Signal,
  bytes: Uint8Array,
  fieldsOf: number,
  from: number,
  to: number,
  open: Int32Array | undefined,
): Scanned {
  let resourceRows = 0;
  let scopeRows = 0;
  let itemRows = 0;
  let points = 0;
  let reserved = false;
  let message = fieldsOf;
  let end = to;
  let depth = 0;
  let at = from;
  let base = message * rowLength;
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  // A oneof given twice is replaced: only the points of a metric's last data count.
  const counted = signal === 'metrics' || signal === 'profiles';
  if (open) {
    items.set(open);
    itemRows = 4;
  }

  for (;;) {
    while (at === end) {
      if (depth === 0) {
        const index = new Index(resources.slice(0, resourceRows), scopes.slice(0, scopeRows), items.slice(0, itemRows));
        return { index, count: counted ? points : itemRows >> 2, reserved };
      }
      depth -= 2;
      end = stack[depth] as number;
      message = stack[depth + 1] as number;
      base = message * rowLength;
    }
    const start = at;
    let tag = bytes[at++] as number;
    let field: number;
    if (tag < 128) field = tag >> 3;
    else {
      // A tag is a varint of up to 64 bits whose upper bits the Collector cuts.
      let low = tag & 127;
      let shift = 7;
      let high = 0;
      for (;;) {
        if (at >= end) fail(signal, bytes, 'truncated tag', start);
        const byte = bytes[at++] as number;
        if (shift < 28) low |= (byte & 127) << shift;
        else if (shift === 28) {
          low |= (byte & 15) << 28;
          high = (byte & 127) >> 4;
        } else if (shift === 35) high |= (byte & 127) << 3;
        if (byte < 128) break;
        shift += 7;
        if (shift > 63) fail(signal, bytes, 'tag longer than ten bytes', start);
      }
      field = (low >>> 3) | (high << 29) | 0;
      tag = low & 7;
    }
    const wire = tag & 7;
    if (field <= 0) fail(signal, bytes, 'illegal field number', start);
    let code = field < rowLength ? (fieldCodes[base + field] as number) : 0;
    if (field === 1000 && reservedCodes[message] !== 0) {
      code = reservedCodes[message] as number;
      reserved = true;
    }

    if (wire === 2) {
      if (at >= end) fail(signal, bytes, 'truncated length', start);
      let length = bytes[at++] as number;
      if (length >= 128) {
        length &= 127;
        let scale = 128;
        let count = 1;
        for (;;) {
          if (at >= end) fail(signal, bytes, 'truncated length', start);
          const byte = bytes[at++] as number;
          // The tenth byte holds the sign; what is above it does not count.
          if (count < 9) length += (byte & 127) * scale;
          else if ((byte & 1) === 1) fail(signal, bytes, 'negative length', start);
          scale *= 128;
          if (byte < 128) break;
          if (++count >= 10) fail(signal, bytes, 'length longer than ten bytes', start);
        }
      }
      if (length > end - at) fail(signal, bytes, 'truncated field', start);
      if (code >= Wire.message) {
        const child = code - Wire.message;
        // Most of a request is attributes in the plainest form; these need no frame of their own.
        if (child === keyValue && isPlainAttribute(bytes, at, at + length)) {
          at = endOfRow(bytes, words, bytes[start] as number, at + length, end);
          continue;
        }
        const role = roles[child] as number;
        if (role !== IndexRole.none) {
          if (role === IndexRole.item || role === IndexRole.metric) {
            if (itemRows + 4 > items.length) items = withRoom(items, itemRows + 4);
            items[itemRows] = start;
            items[itemRows + 1] = at;
            items[itemRows + 2] = at + length;
            items[itemRows + 3] = counted ? 0 : -1;
            itemRows += 4;
          } else if (role === IndexRole.point) {
            points++;
            items[itemRows - 1] = (items[itemRows - 1] as number) + 1;
          } else if (role === IndexRole.data) {
            points -= items[itemRows - 1] as number;
            items[itemRows - 1] = 0;
          } else if (role === IndexRole.scope) {
            if (scopeRows + 4 > scopes.length) scopes = withRoom(scopes, scopeRows + 4);
            scopes[scopeRows] = start;
            scopes[scopeRows + 1] = at;
            scopes[scopeRows + 2] = at + length;
            scopes[scopeRows + 3] = itemRows >> 2;
            scopeRows += 4;
          } else {
            if (resourceRows + 4 > resources.length) resources = withRoom(resources, resourceRows + 4);
            resources[resourceRows] = start;
            resources[resourceRows + 1] = at;
            resources[resourceRows + 2] = at + length;
            resources[resourceRows + 3] = scopeRows >> 2;
            resourceRows += 4;
          }
        }
        if (depth + 2 > stack.length) stack = withRoom(stack, depth + 2);
        stack[depth] = end;
        stack[depth + 1] = message;
        depth += 2;
        end = at + length;
        message = child;
        base = child * rowLength;
        continue;
      }
      if (code === Wire.id16) {
        if (length !== 16 && length !== 0) fail(signal, bytes, `id of ${length} bytes, 16 expected`, start);
        // Only spans and log records have a trace id in their row; a link's or exemplar's is not the item's.
        if (!counted && (roles[message] as number) === IndexRole.item) items[itemRows - 1] = length === 16 ? at : -1;
      } else if (code === Wire.id8) {
        if (length !== 8 && length !== 0) fail(signal, bytes, `id of ${length} bytes, 8 expected`, start);
      } else if (code === Wire.packedFixed64) {
        if (length % 8 !== 0) fail(signal, bytes, 'truncated packed value', start);
      } else if (code === Wire.packedVarint) {
        let run = 0;
        for (let i = at; i < at + length; i++) {
          if ((bytes[i] as number) < 128) run = 0;
          else if (++run >= 10) fail(signal, bytes, 'varint longer than ten bytes', start);
        }
        if (run !== 0) fail(signal, bytes, 'truncated packed value', start);
      } else if (code !== Wire.length && code !== Wire.unknown) fail(signal, bytes, 'wrong wire type', start);
      at += length;
    } else if (wire === 0) {
      if (code !== Wire.varint && code !== Wire.packedVarint && code !== Wire.unknown)
        fail(signal, bytes, 'wrong wire type', start);
      let count = 0;
      for (;;) {
        if (at >= end) fail(signal, bytes, 'truncated varint', start);
        if ((bytes[at++] as number) < 128) break;
        if (++count >= 10) fail(signal, bytes, 'varint longer than ten bytes', start);
      }
    } else if (wire === 1) {
      if (code !== Wire.fixed64 && code !== Wire.packedFixed64 && code !== Wire.unknown)
        fail(signal, bytes, 'wrong wire type', start);
      if (end - at < 8) fail(signal, bytes, 'truncated field', start);
      at += 8;
    } else if (wire === 5) {
      if (code !== Wire.fixed32 && code !== Wire.unknown) fail(signal, bytes, 'wrong wire type', start);
      if (end - at < 4) fail(signal, bytes, 'truncated field', start);
      at += 4;
    } else if (wire === 3) {
      if (code !== Wire.unknown) fail(signal, bytes, 'wrong wire type', start);
      at = skipGroup(signal, bytes, start, at, end);
    } else fail(signal, bytes, wire === 4 ? 'end of a group that was not begun' : `wire type ${wire}`, start);
  }
}

const keyValue: number = messageNumber('KeyValue');

/**
 * Whether a key-value pair is a key and then one string, bool, int, double or bytes value, all below 128 bytes, and
 * nothing else: valid at a glance. Anything it does not recognise takes the long way.
 */
function isPlainAttribute(bytes: Uint8Array, from: number, end: number): boolean {
  if (end - from < 6 || bytes[from] !== 10) return false;
  const keyLength = bytes[from + 1] as number;
  const value = from + 2 + keyLength;
  if (keyLength > 127 || value + 4 > end || bytes[value] !== 18) return false;
  const length = bytes[value + 1] as number;
  if (length > 127 || value + 2 + length !== end) return false;
  const tag = bytes[value + 2] as number;
  if (tag === 10 || tag === 58) return (bytes[value + 3] as number) === length - 2;
  if (tag === 33) return length === 9;
  // A bool or an int: exactly one varint of at most ten bytes.
  if ((tag !== 16 && tag !== 24) || length > 11) return false;
  for (let i = value + 3; i < end - 1; i++) if ((bytes[i] as number) < 128) return false;
  return (bytes[end - 1] as number) < 128;
}

/**
 * The end of a run of plain attributes with one tag that continues at `from`; `from` itself when it does not. Two
 * 32-bit words replace nine byte reads for each attribute: its tag, its length, the tag and length of its key, the tag
 * and length of its value, and the value's type.
 */
function endOfRow(bytes: Uint8Array, words: DataView, tag: number, from: number, end: number): number {
  let at = from;
  if (tag > 127) return at;
  const opening = tag | (10 << 16);
  while (end - at >= 8) {
    const head = words.getInt32(at, true);
    if ((head & 0x80ff_80ff) !== opening) break;
    const next = at + 2 + ((head >> 8) & 127);
    const value = at + 4 + (head >>> 24);
    if (next > end || value + 4 > next) break;
    const body = words.getInt32(value, true);
    const length = (body >> 8) & 255;
    if ((body & 0x80ff) !== 18 || value + 2 + length !== next) break;
    const kind = (body >> 16) & 255;
    if (kind === 10 || kind === 58) {
      if (body >>> 24 !== length - 2) break;
    } else if (kind === 33) {
      if (length !== 9) break;
    } else if (!isPlainAttribute(bytes, at + 2, next)) break;
    at = next;
  }
  return at;
}

function fail(signal: Signal, bytes: Uint8Array, what: string, offset: number): never {
  throw new InvalidOtlp(what, offset, pathTo(signal, bytes, offset));
}

/** Skips an unknown group up to its end tag. Returns the offset behind it. */
function skipGroup(signal: Signal, bytes: Uint8Array, start: number, from: number, end: number): number {
  let at = from;
  for (let open = 1; open > 0;) {
    open += groupDepth(bytes, at);
    at = groupFieldEnd(signal, bytes, start, at, end);
  }
  return at;
}

/** By how much the field of a group at `at` changes the number of open groups: they are counted, never entered. */
export function groupDepth(bytes: Uint8Array, at: number): number {
  const wire = (bytes[at] as number) & 7;
  if (wire === 3) return 1;
  return wire === 4 ? -1 : 0;
}

/** The offset behind one field, or one begin or end, within the unknown group that begins at `start`. */
export function groupFieldEnd(signal: Signal, bytes: Uint8Array, start: number, from: number, end: number): number {
  let at = from;
  if (at >= end) fail(signal, bytes, 'group without an end', start);
  const wire = (bytes[at] as number) & 7;
  for (let count = 0; ; count++) {
    if (at >= end || count >= 10) fail(signal, bytes, 'truncated tag in a group', start);
    if ((bytes[at++] as number) < 128) break;
  }
  if (wire === 1) at += 8;
  else if (wire === 5) at += 4;
  else if (wire === 0) {
    for (let count = 0; ; count++) {
      if (at >= end || count >= 10) fail(signal, bytes, 'truncated varint in a group', start);
      if ((bytes[at++] as number) < 128) break;
    }
  } else if (wire === 2) {
    let length = 0;
    let place = 1;
    for (let count = 0; ; count++) {
      if (at >= end || count >= 10) fail(signal, bytes, 'truncated length in a group', start);
      const byte = bytes[at++] as number;
      if (count < 9) length += (byte & 127) * place;
      else if ((byte & 1) === 1) fail(signal, bytes, 'negative length in a group', start);
      place *= 128;
      if (byte < 128) break;
    }
    at += length;
  } else if (wire > 4) fail(signal, bytes, `wire type ${wire} in a group`, start);
  if (at > end) fail(signal, bytes, 'truncated group', start);
  return at;
}
