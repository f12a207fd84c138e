import { tagOf } from '../fields.js';
import { pieceBytes } from '../work.js';
import { skipValue, tagAt, varintEnd, varintSize, writeVarint } from './varint.js';

/** The tag under which very old senders wrote their scopes: field 1000. The numbers are the same for each signal. */
const deprecatedTag = tagOf('ResourceSpans', 'deprecated_scope_spans');
const scopesTag = tagOf('ResourceSpans', 'scope_spans');
const resourceTag = tagOf('TracesData', 'resource_spans');

/** Each field here costs a call to copy it, so that a piece is smaller than others. */
const migratedBytes = pieceBytes >> 2;

/**
 * Moves scopes from the deprecated field 1000 of a resource to field 2 where field 2 is empty, and drops them where it
 * is not, as the Collector does. The bytes must be valid. Yields after each piece of work, and returns the new bytes.
 */
export function* migration(bytes: Uint8Array): Generator<void, Uint8Array, undefined> {
  // The result is never longer: the tag of field 2 is a byte shorter than that of field 1000.
  const out = new Uint8Array(bytes.length);
  let length = 0;
  for (let at = 0, pause = migratedBytes; at < bytes.length;) {
    if (at > pause) {
      pause = at + migratedBytes;
      yield;
    }
    const start = at;
    const tag = tagAt(bytes, at);
    const value = varintEnd(bytes, at);
    at = skipValue(bytes, value, tag & 7);
    if (tag === resourceTag) length = yield* migrateResource(bytes, varintEnd(bytes, value), at, out, length);
    else length = copy(bytes, start, at, out, length);
  }
  return out.subarray(0, length);
}

/** Writes the resource at `from` to `end` into `out` at `to`. Returns the offset behind it. */
function* migrateResource(
  bytes: Uint8Array,
  from: number,
  end: number,
  out: Uint8Array,
  to: number,
): Generator<void, number, undefined> {
  let hasScopes = false;
  let moved = 0;
  let kept = 0;
  for (let at = from, pause = from + migratedBytes; at < end;) {
    if (at > pause) {
      pause = at + migratedBytes;
      yield;
    }
    const start = at;
    const tag = tagAt(bytes, at);
    const value = varintEnd(bytes, at);
    at = skipValue(bytes, value, tag & 7);
    if (tag === deprecatedTag) moved += movedLength(at - varintEnd(bytes, value));
    else kept += at - start;
    if (tag === scopesTag) hasScopes = true;
  }
  out[to] = resourceTag;
  let written = writeVarint(out, to + 1, kept + (hasScopes ? 0 : moved));
  for (let at = from, pause = from + migratedBytes; at < end;) {
    if (at > pause) {
      pause = at + migratedBytes;
      yield;
    }
    const start = at;
    const tag = tagAt(bytes, at);
    at = skipValue(bytes, varintEnd(bytes, at), tag & 7);
    if (tag !== deprecatedTag) written = copy(bytes, start, at, out, written);
  }
  if (hasScopes || moved === 0) return written;
  for (let at = from, pause = from + migratedBytes; at < end;) {
    if (at > pause) {
      pause = at + migratedBytes;
      yield;
    }
    const tag = tagAt(bytes, at);
    const value = varintEnd(bytes, at);
    at = skipValue(bytes, value, tag & 7);
    if (tag !== deprecatedTag) continue;
    const body = varintEnd(bytes, value);
    out[written] = scopesTag;
    written = copy(bytes, body, at, out, writeVarint(out, written + 1, at - body));
  }
  return written;
}

/** Bytes of a message of `length` bytes as field 2: tag, length and body. */
function movedLength(length: number): number {
  return 1 + varintSize(length) + length;
}

function copy(bytes: Uint8Array, from: number, end: number, out: Uint8Array, to: number): number {
  out.set(bytes.subarray(from, end), to);
  return to + end - from;
}
