import { at32, byteAt } from '../wire/at.js';
import type { Batch } from '../batch.js';
import { PointList } from '../view/point-list.js';
import { skipValue, tagAt, varintEnd } from '../wire/varint.js';
import { crc32 } from './crc32.js';
import { fnv, fnvStart, type Half64 } from './hash64.js';
import { AttributeList, mapHash } from './map-hash.js';
import { attributesOf, byResource, eachHolder, firstItem, firstScope } from './rows.js';
import type { Owners } from './route.js';

/**
 * Identities as the Collector's pdatautil computes them (docs/spec/gateway.md#identities): FNV-1a over hashes of
 * attributes and names.
 */

const list = new AttributeList();
const attributesHash = new Uint8Array(16);
const state: Half64 = { low: 0, high: 0 };
const hexDigits = Buffer.from('0123456789abcdef');
const identity = new Uint8Array(32);

/** The CRC-32 of `<prefix>/<hash in hexadecimal, without leading zeros>`. */
function hashOfIdentity(prefix: Buffer): number {
  let at = prefix.copy(identity);
  for (let shift = 60, begun = false; shift >= 0; shift -= 4) {
    const digit = ((shift >= 32 ? state.high : state.low) >>> (shift % 32)) & 15;
    begun ||= digit !== 0 || shift === 0;
    if (begun) identity[at++] = byteAt(hexDigits, digit);
  }
  return crc32(identity, 0, at);
}

function addAttributes(bytes: Uint8Array): void {
  mapHash(bytes, list, attributesHash);
  fnv(state, attributesHash, 0, 16);
}

function addResource(bytes: Uint8Array, from: number, to: number): void {
  list.clear();
  eachHolder(bytes, from, to, (start, end) => list.gather(bytes, start, end, attributesOf.resource));
  fnvStart(state);
  addAttributes(bytes);
}

const resourcePrefix = Buffer.from('resource/');
const streamPrefix = Buffer.from('stream/');

/** Logs and metrics by the identity of their resource: its attributes. */
export function resourceIdentity(batch: Batch, ring: Owners, partOf: Int32Array): number {
  return byResource(batch, partOf, (bytes, from, to) => {
    addResource(bytes, from, to);
    return ring.ownerOf(hashOfIdentity(resourcePrefix));
  });
}

const points: PointList = new PointList();
const kept: Half64 = { low: 0, high: 0 };

/** Data points by the identity of their stream: resource, scope, metric and the point's attributes. */
export function streamIdentity(batch: Batch, ring: Owners, partOf: Int32Array): number {
  const { bytes, index } = batch;
  const { resources, scopes, items } = index;
  let unit = 0;
  for (let r = 0; r < resources.length / 4; r++) {
    addResource(bytes, at32(resources, r * 4 + 1), at32(resources, r * 4 + 2));
    const resourceLow = state.low;
    const resourceHigh = state.high;
    for (let s = firstScope(batch, r); s < firstScope(batch, r + 1); s++) {
      state.low = resourceLow;
      state.high = resourceHigh;
      addScope(bytes, at32(scopes, s * 4 + 1), at32(scopes, s * 4 + 2));
      const scopeLow = state.low;
      const scopeHigh = state.high;
      for (let row = firstItem(batch, s); row < firstItem(batch, s + 1); row++) {
        state.low = scopeLow;
        state.high = scopeHigh;
        const from = at32(items, row * 4 + 1);
        const to = at32(items, row * 4 + 2);
        points.read(bytes, from, to);
        addMetric(bytes, from, to);
        kept.low = state.low;
        kept.high = state.high;
        for (let i = 0; i < points.count; i++) partOf[unit++] = ring.ownerOf(pointHash(bytes, i));
      }
    }
  }
  return 0;
}

function pointHash(bytes: Uint8Array, i: number): number {
  list.clear();
  list.gather(bytes, points.from(i), points.to(i), points.attributesField);
  state.low = kept.low;
  state.high = kept.high;
  addAttributes(bytes);
  return hashOfIdentity(streamPrefix);
}

/** Bounds of the last text found in each of the asked fields. */
const names = { firstFrom: 0, firstTo: 0, secondFrom: 0, secondTo: 0 };

/** Finds the last text of two fields; several messages (of a scope) follow one another. */
function findNames(bytes: Uint8Array, from: number, to: number, firstTag: number, secondTag: number): void {
  for (let at = from; at < to;) {
    const tag = tagAt(bytes, at);
    at = varintEnd(bytes, at);
    const end = skipValue(bytes, at, tag % 8);
    if (tag === firstTag) {
      names.firstFrom = varintEnd(bytes, at);
      names.firstTo = end;
    } else if (tag === secondTag) {
      names.secondFrom = varintEnd(bytes, at);
      names.secondTo = end;
    }
    at = end;
  }
}

function clearNames(): void {
  names.firstFrom = names.firstTo = names.secondFrom = names.secondTo = 0;
}

function addNames(bytes: Uint8Array): void {
  fnv(state, bytes, names.firstFrom, names.firstTo);
  fnv(state, bytes, names.secondFrom, names.secondTo);
}

function addScope(bytes: Uint8Array, from: number, to: number): void {
  list.clear();
  clearNames();
  eachHolder(bytes, from, to, (start, end) => {
    findNames(bytes, start, end, 10, 18);
    list.gather(bytes, start, end, attributesOf.scope);
  });
  addNames(bytes);
  addAttributes(bytes);
}

const kind = new Uint8Array(3);

function addMetric(bytes: Uint8Array, from: number, to: number): void {
  clearNames();
  findNames(bytes, from, to, 10, 26);
  addNames(bytes);
  kind[0] = points.typeByte;
  kind[1] = points.monotonic ? 1 : 0;
  kind[2] = points.temporality;
  fnv(state, kind, 0, 3);
}
