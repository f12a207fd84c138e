import type { Batch } from '../batch.js';
import { byteAt } from '../wire/at.js';
import { crc32 } from './crc32.js';
import type { Owners, Route } from './route.js';

const zeroId = new Uint8Array(16);

function routeByTraceId(batch: Batch, ring: Owners, partOf: Int32Array): number {
  const { bytes, index } = batch;
  let before = -1;
  let owner = 0;
  /** The owner of all spans without an ID, of which there may be millions; -1 until there is one. */
  let zeroOwner = -1;
  for (let item = 0; item < index.itemCount; item++) {
    const at = index.traceIdAt(item);
    if (at < 0) owner = zeroOwner < 0 ? (zeroOwner = ring.ownerOf(crc32(zeroId, 0, 16))) : zeroOwner;
    else if (!sameId(bytes, at, before)) owner = ring.ownerOf(crc32(bytes, at, at + 16));
    before = at;
    partOf[item] = owner;
  }
  return 0;
}

/** Spans hash the 16 bytes of their trace ID; an empty one counts as zeros. */
export const traceId: Route = Object.assign(routeByTraceId, { byItem: true as const });

const hexDigits = Buffer.from('0123456789abcdef');

/**
 * Log records hash their trace ID as 32 hexadecimal characters, or as its 16 bytes when `consistent`; for those without
 * one `withoutId` chooses an owner.
 */
export function logTraceId(withoutId: (ring: Owners) => number, consistent: boolean): Route {
  const hex = new Uint8Array(32);
  const route = (batch: Batch, ring: Owners, partOf: Int32Array): number => {
    const { bytes, index } = batch;
    let before = -1;
    let owner = 0;
    for (let item = 0; item < index.itemCount; item++) {
      const at = index.traceIdAt(item);
      if (!sameId(bytes, at, before)) {
        let any = 0;
        for (let i = 0; at >= 0 && i < 16; i++) {
          const byte = byteAt(bytes, at + i);
          any |= byte;
          hex[i * 2] = byteAt(hexDigits, byte >> 4);
          hex[i * 2 + 1] = byteAt(hexDigits, byte & 15);
        }
        before = any === 0 ? -1 : at;
        if (any === 0) owner = withoutId(ring);
        else owner = ring.ownerOf(consistent ? crc32(bytes, at, at + 16) : crc32(hex, 0, 32));
      }
      partOf[item] = owner;
    }
    return 0;
  };
  return Object.assign(route, { byItem: true as const });
}

/**
 * Whether the ID at `at` is the one at `before`, as it often is: what one process did for a trace comes in a row.
 * Offsets below 0 are no ID.
 */
function sameId(bytes: Uint8Array, at: number, before: number): boolean {
  if (at < 0 || before < 0) return false;
  let i = 0;
  while (i < 16 && byteAt(bytes, at + i) === byteAt(bytes, before + i)) i++;
  return i === 16;
}
