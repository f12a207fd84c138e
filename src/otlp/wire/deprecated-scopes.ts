import { skipValue, tagAt, varintEnd, varintSize, writeVarint } from './varint.js';

/** `1000 << 3 | 2`, the tag under which very old senders wrote their scopes. */
const reservedTag = 8002;

/**
 * Moves scopes from the reserved field 1000 of a resource to field 2 where field 2 is empty, and drops them where it is not,
 * as the Collector does. The bytes must be valid.
 */
export function migrateDeprecatedScopes(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    const start = at;
    const tag = tagAt(bytes, at);
    at = varintEnd(bytes, at);
    const body = tag % 8 === 2 ? varintEnd(bytes, at) : at;
    at = skipValue(bytes, at, tag % 8);
    parts.push(tag === 10 ? framed(1, liftResource(bytes.subarray(body, at))) : bytes.subarray(start, at));
  }
  return joined(parts);
}

function liftResource(body: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  const old: Uint8Array[] = [];
  let current = false;
  for (let at = 0; at < body.length;) {
    const start = at;
    const tag = tagAt(body, at);
    at = varintEnd(body, at);
    const inner = tag % 8 === 2 ? varintEnd(body, at) : at;
    at = skipValue(body, at, tag % 8);
    if (tag === reservedTag) old.push(framed(2, body.subarray(inner, at)));
    else parts.push(body.subarray(start, at));
    if (tag === 18) current = true;
  }
  return joined(current ? parts : [...parts, ...old]);
}

function framed(field: number, body: Uint8Array): Uint8Array {
  const out = new Uint8Array(1 + varintSize(body.length) + body.length);
  out[0] = field * 8 + 2;
  out.set(body, writeVarint(out, 1, body.length));
  return out;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
