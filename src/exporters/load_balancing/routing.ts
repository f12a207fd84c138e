import type { Random } from '../../component/clock.js';
import type { Batch } from '../../otlp/batch.js';
import type { Signal } from '../../otlp/signal.js';
import { crc32, type Ring } from './ring.js';
import { skipValue, varintAt, varintEnd } from '../../otlp/wire.js';
import { findAttribute, textOf, type Span } from '../../otlp/attribute.js';
import { valueText } from './value-text.js';

/**
 * Writes for each item (each data point of metrics) the index of its backend to `partOf`, -1 for an item that no key can
 * be found for. Answers how many those are.
 */
export type Route = (batch: Batch, ring: Ring, partOf: Int32Array) => number;

/** The routing of a signal by a key (spec gateway-components 1.2). Throws the Collector's words for a key that does not fit. */
export function routeBy(routingKey: string, signal: Signal, random: Random): Route {
  const key = routingKey === '' ? (signal === 'traces' ? 'traceID' : 'service') : routingKey;
  if (key === 'traceID' && signal === 'traces') return traceId;
  if (key === 'traceID' && signal === 'logs') return logTraceId(random);
  if (key === 'service') return signal === 'traces' ? traceService : signal === 'logs' ? logService : metricService;
  const later = {
    traces: ['attributes'],
    logs: ['attributes', 'resource'],
    metrics: ['attributes', 'resource', 'metric', 'streamID'],
    profiles: [] as string[],
  };
  if (later[signal].includes(key))
    throw new Error(`routing_key ${JSON.stringify(key)} is not supported yet for ${signal}; use traceID or service`);
  throw new Error(`unsupported routing_key: ${signal === 'traces' ? key : JSON.stringify(key)}`);
}

const zeroId = new Uint8Array(16);

function traceId(batch: Batch, ring: Ring, partOf: Int32Array): number {
  const { items } = batch.index;
  const { bytes } = batch;
  for (let item = 0, row = 3; item < batch.itemCount; item++, row += 4) {
    const at = items[row] as number;
    partOf[item] = ring.ownerOf(at < 0 ? crc32(zeroId, 0, 16) : crc32(bytes, at, at + 16));
  }
  return 0;
}

const hexDigits = Buffer.from('0123456789abcdef');

/** Log records hash their trace ID as 32 hexadecimal characters; those without one go anywhere. */
function logTraceId(random: Random): Route {
  const hex = new Uint8Array(32);
  return (batch, ring, partOf) => {
    const { items } = batch.index;
    const { bytes } = batch;
    for (let item = 0, row = 3; item < batch.itemCount; item++, row += 4) {
      const at = items[row] as number;
      let any = 0;
      for (let i = 0; at >= 0 && i < 16; i++) {
        const byte = bytes[at + i] as number;
        any |= byte;
        hex[i * 2] = hexDigits[byte >> 4] as number;
        hex[i * 2 + 1] = hexDigits[byte & 15] as number;
      }
      partOf[item] = ring.ownerOf(any === 0 ? Math.floor(random() * 0x100000000) : crc32(hex, 0, 32));
    }
    return 0;
  };
}

const value: Span = { start: -1, end: -1 };
const text: Span = { start: -1, end: -1 };

/** Fields that hold the attributes of a resource, a scope and a span. */
const inResource = 1;
const inScope = 3;
const inSpan = 9;

const serviceName: Buffer = Buffer.from('service.name');
/** Fields of ResourceX and ScopeX that hold the resource and the scope themselves. */
const holderTag = 10;

const prefix = Buffer.from('service.name=');
const bar = Buffer.from('|');

/**
 * Spans hash `service.name=<value>|`, the value taken from the resource, else the scope, else the first span of the trace
 * within its scope, as the Collector does.
 */
function traceService(batch: Batch, ring: Ring, partOf: Int32Array): number {
  const { bytes, index } = batch;
  const { resources, scopes, items } = index;
  const scopeCount = scopes.length / 4;
  const resourceCount = resources.length / 4;
  for (let r = 0; r < resourceCount; r++) {
    const lastScope = r + 1 < resourceCount ? (resources[r * 4 + 7] as number) : scopeCount;
    const resourceOwner = ownerOfHolder(bytes, resources[r * 4 + 1] as number, resources[r * 4 + 2] as number, inResource, ring);
    for (let s = resources[r * 4 + 3] as number; s < lastScope; s++) {
      const first = scopes[s * 4 + 3] as number;
      const last = s + 1 < scopeCount ? (scopes[s * 4 + 7] as number) : batch.itemCount;
      const owner =
        resourceOwner >= 0 ? resourceOwner : ownerOfHolder(bytes, scopes[s * 4 + 1] as number, scopes[s * 4 + 2] as number, inScope, ring);
      if (owner >= 0) {
        partOf.fill(owner, first, last);
        continue;
      }
      emptyFirsts(last - first);
      for (let item = first; item < last; item++) partOf[item] = spanOwner(bytes, items, item, ring, partOf);
    }
  }
  return 0;
}

/** First spans of the traces of one scope: an open hash table of item + 1, emptied for each scope. */
let firsts: Int32Array = new Int32Array(4096);

function emptyFirsts(items: number): void {
  let size = 16;
  while (size < items * 2) size *= 2;
  if (firsts.length < size) firsts = new Int32Array(size);
  else firsts.fill(0);
}

/** A span without a service above it follows the first span of its trace in the same scope. */
function spanOwner(bytes: Uint8Array, items: Int32Array, item: number, ring: Ring, partOf: Int32Array): number {
  const at = items[item * 4 + 3] as number;
  const mask = firsts.length - 1;
  let slot = (at < 0 ? 0 : crc32(bytes, at, at + 16)) & mask;
  for (; firsts[slot] !== 0; slot = (slot + 1) & mask) {
    const before = (firsts[slot] as number) - 1;
    if (sameId(bytes, at, items[before * 4 + 3] as number)) return partOf[before] as number;
  }
  firsts[slot] = item + 1;
  const found = findAttribute(bytes, items[item * 4 + 1] as number, items[item * 4 + 2] as number, inSpan, serviceName, value);
  return ring.ownerOf(serviceHash(bytes, found));
}

function sameId(bytes: Uint8Array, a: number, b: number): boolean {
  if (a < 0 || b < 0) return a === b;
  for (let i = 0; i < 16; i++) if (bytes[a + i] !== bytes[b + i]) return false;
  return true;
}

function serviceHash(bytes: Uint8Array, found: boolean): number {
  let hash = crc32(prefix, 0, prefix.length);
  if (found) {
    if (textOf(bytes, value, text)) hash = crc32(bytes, text.start, text.end, hash);
    else {
      const shown = Buffer.from(valueText(bytes, value));
      hash = crc32(shown, 0, shown.length, hash);
    }
  }
  return crc32(bar, 0, 1, hash);
}

/** The owner by the `service.name` of the resource or scope inside a ResourceSpans or ScopeSpans; -1 without one. */
function ownerOfHolder(bytes: Uint8Array, from: number, to: number, field: number, ring: Ring): number {
  return findInHolder(bytes, from, to, field) ? ring.ownerOf(serviceHash(bytes, true)) : -1;
}

function findInHolder(bytes: Uint8Array, from: number, to: number, field: number): boolean {
  for (let at = from; at < to;) {
    const tag = varintAt(bytes, at);
    at = varintEnd(bytes, at);
    const end = skipValue(bytes, at, tag % 8);
    if (tag === holderTag && findAttribute(bytes, varintEnd(bytes, at), end, field, serviceName, value)) return true;
    at = end;
  }
  return false;
}

/** Logs and metrics hash the bare value; what is not text counts as empty. */
function bareOwner(bytes: Uint8Array, found: boolean, ring: Ring): number {
  return ring.ownerOf(found && textOf(bytes, value, text) ? crc32(bytes, text.start, text.end) : 0);
}

function logService(batch: Batch, ring: Ring, partOf: Int32Array): number {
  return byResource(batch, partOf, (bytes, from, to) => bareOwner(bytes, findInHolder(bytes, from, to, inResource), ring));
}

function metricService(batch: Batch, ring: Ring, partOf: Int32Array): number {
  return byResource(batch, partOf, (bytes, from, to) => (findInHolder(bytes, from, to, inResource) ? bareOwner(bytes, true, ring) : -1));
}

/** Gives all items of a resource one owner; one call per resource. */
function byResource(batch: Batch, partOf: Int32Array, ownerOf: (bytes: Uint8Array, from: number, to: number) => number): number {
  const { bytes, index } = batch;
  const { resources, scopes, items } = index;
  const scopeCount = scopes.length / 4;
  const resourceCount = resources.length / 4;
  const rows = items.length / 4;
  let unit = 0;
  let lost = 0;
  for (let r = 0; r < resourceCount; r++) {
    const owner = ownerOf(bytes, resources[r * 4 + 1] as number, resources[r * 4 + 2] as number);
    const lastScope = r + 1 < resourceCount ? (resources[r * 4 + 7] as number) : scopeCount;
    const firstScope = resources[r * 4 + 3] as number;
    const first = firstScope < scopeCount ? (scopes[firstScope * 4 + 3] as number) : rows;
    const last = lastScope < scopeCount ? (scopes[lastScope * 4 + 3] as number) : rows;
    let units = last - first;
    if (batch.signal === 'metrics') {
      units = 0;
      for (let row = first; row < last; row++) units += items[row * 4 + 3] as number;
    }
    partOf.fill(owner, unit, unit + units);
    unit += units;
    if (owner < 0) lost += units;
  }
  return lost;
}
