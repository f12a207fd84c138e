import { at32 } from '../wire/at.js';
import { findAttribute, textOf, type Range } from '../view/attribute.js';
import type { Batch } from '../batch.js';
import { PointList } from '../view/point-list.js';
import type { Signal } from '../signal.js';
import { skipValue, tagAt, varintAt, varintEnd } from '../wire/varint.js';
import { crc32 } from './crc32.js';
import type { Owners, Route } from './route.js';
import { attributesOf, eachHolder, firstItem, firstScope, unitsOf } from './rows.js';
import { TraceFirsts } from './trace-firsts.js';
import { valueText } from './value-text.js';

/** Where an attribute was found; the order of the levels is the order of the hashed bytes of logs and metrics. */
const resource = 0;
const scope = 1;
const item = 2;

interface Wanted {
  readonly name: Buffer;
  /** `name=`, what is hashed before the value. */
  readonly prefix: Buffer;
  /** Reads a field of the item in place of an attribute, such as `span.kind`. */
  readonly field: ((bytes: Uint8Array, from: number, to: number, hash: number) => number) | undefined;
  level: number;
  /** Its value, when it stands above the items. */
  readonly value: Range;
}

const bar = Buffer.from('|');
const text: Range = { start: -1, end: -1 };
const found: Range = { start: -1, end: -1 };

function hashValue(bytes: Uint8Array, value: Range, hash: number): number {
  if (textOf(bytes, value, text)) return crc32(bytes, text.start, text.end, hash);
  const shown = Buffer.from(valueText(bytes, value));
  return crc32(shown, 0, shown.length, hash);
}

/**
 * By the values of some attributes (docs/spec/gateway.md#routing-keys): `name=value|` of each, taken from the resource,
 * else the scope, else the item; `name=|` when none of them has it. Spans hash them as configured, and a trace within a scope
 * follows its first span. Logs and data points hash what the resource has before what the scope has before the rest,
 * unless `consistent`.
 */
export function byAttributes(names: readonly string[], signal: Signal, consistent: boolean): Route {
  const pseudo = fields[signal] ?? {};
  const wanted = names.map((name): Wanted => ({
    name: Buffer.from(name),
    prefix: Buffer.from(`${name}=`),
    field: Object.hasOwn(pseudo, name) ? pseudo[name] : undefined,
    level: item,
    value: { start: -1, end: -1 },
  }));
  const keyed = new Key(wanted, signal === 'traces' || consistent);
  return (batch, ring, partOf) => {
    routeAll(batch, ring, partOf, keyed);
    return 0;
  };
}

function routeAll(batch: Batch, ring: Owners, partOf: Int32Array, key: Key): void {
  const { bytes, index } = batch;
  const { resources, scopes } = index;
  let unit = 0;
  for (let r = 0; r < resources.length / 4; r++) {
    key.forget(resource);
    key.findIn(bytes, at32(resources, r * 4 + 1), at32(resources, r * 4 + 2), resource);
    for (let s = firstScope(batch, r); s < firstScope(batch, r + 1); s++) {
      key.forget(scope);
      key.findIn(bytes, at32(scopes, s * 4 + 1), at32(scopes, s * 4 + 2), scope);
      const from = firstItem(batch, s);
      const to = firstItem(batch, s + 1);
      const units = unitsOf(batch, from, to);
      if (key.complete) partOf.fill(ring.ownerOf(key.hash(bytes, 0, 0, 0)), unit, unit + units);
      else if (batch.signal === 'traces') routeSpans(batch, ring, partOf, key, from, to);
      else if (batch.signal === 'metrics') routePoints(batch, ring, partOf, key, from, to, unit);
      else routeRecords(batch, ring, partOf, key, from, to);
      unit += units;
    }
  }
}

const firsts: TraceFirsts = new TraceFirsts();

function routeSpans({ bytes, index }: Batch, ring: Owners, partOf: Int32Array, key: Key, from: number, to: number): void {
  const { items } = index;
  firsts.clear(to - from);
  for (let span = from; span < to; span++) {
    const first = firsts.firstOf(bytes, index, span);
    partOf[span] =
      first === span
        ? ring.ownerOf(key.hash(bytes, at32(items, span * 4 + 1), at32(items, span * 4 + 2), attributesOf.spans))
        : at32(partOf, first);
  }
}

function routeRecords({ bytes, index }: Batch, ring: Owners, partOf: Int32Array, key: Key, from: number, to: number): void {
  const { items } = index;
  for (let record = from; record < to; record++) {
    const hash = key.hash(bytes, at32(items, record * 4 + 1), at32(items, record * 4 + 2), attributesOf.logs);
    partOf[record] = ring.ownerOf(hash);
  }
}

const points: PointList = new PointList();

function routePoints({ bytes, index }: Batch, ring: Owners, partOf: Int32Array, key: Key, from: number, to: number, unit: number): void {
  const { items } = index;
  for (let metric = from; metric < to; metric++) {
    points.read(bytes, at32(items, metric * 4 + 1), at32(items, metric * 4 + 2));
    for (let i = 0; i < points.count; i++)
      partOf[unit++] = ring.ownerOf(key.hash(bytes, points.from(i), points.to(i), points.attributesField));
  }
}

/** The wanted attributes and where those above the current item were found. */
class Key {
  readonly #wanted: readonly Wanted[];
  readonly #asConfigured: boolean;

  constructor(wanted: readonly Wanted[], asConfigured: boolean) {
    this.#wanted = wanted;
    this.#asConfigured = asConfigured;
  }

  /** Nothing is left to be looked up in the items. */
  get complete(): boolean {
    return this.#wanted.every(({ level }) => level !== item);
  }

  /** Forgets what was found at `level` and below. */
  forget(level: number): void {
    for (const one of this.#wanted) if (one.level >= level) one.level = item;
  }

  /** Looks for what is missing in the resource or scope of a ResourceX or ScopeX. */
  findIn(bytes: Uint8Array, from: number, to: number, level: typeof resource | typeof scope): void {
    const field = level === resource ? attributesOf.resource : attributesOf.scope;
    eachHolder(bytes, from, to, (start, end) => {
      for (const one of this.#wanted)
        if (one.level === item && findAttribute(bytes, start, end, field, one.name, one.value)) one.level = level;
    });
  }

  /** CRC-32 of the key of the item whose body is `bytes[from, to)` and whose attributes stand in `field`. */
  hash(bytes: Uint8Array, from: number, to: number, field: number): number {
    let hash = 0;
    if (this.#asConfigured) {
      for (const one of this.#wanted) hash = hashOne(bytes, from, to, field, one, hash);
      return hash;
    }
    for (let level = resource; level <= item; level++)
      for (const one of this.#wanted) if (one.level === level) hash = hashOne(bytes, from, to, field, one, hash);
    return hash;
  }
}

function hashOne(bytes: Uint8Array, from: number, to: number, field: number, one: Wanted, before: number): number {
  let hash = crc32(one.prefix, 0, one.prefix.length, before);
  if (one.level !== item) hash = hashValue(bytes, one.value, hash);
  else if (one.field) hash = one.field(bytes, from, to, hash);
  else if (findAttribute(bytes, from, to, field, one.name, found)) hash = hashValue(bytes, found, hash);
  return crc32(bar, 0, 1, hash);
}

/** Finds the last value of a field by its tag. */
function findField(bytes: Uint8Array, from: number, to: number, wanted: number): boolean {
  found.start = -1;
  for (let at = from; at < to;) {
    const tag = tagAt(bytes, at);
    at = varintEnd(bytes, at);
    const end = skipValue(bytes, at, tag % 8);
    if (tag === wanted) {
      found.start = tag % 8 === 2 ? varintEnd(bytes, at) : at;
      found.end = end;
    }
    at = end;
  }
  return found.start >= 0;
}

function textField(tag: number): Wanted['field'] {
  return (bytes, from, to, hash) => (findField(bytes, from, to, tag) ? crc32(bytes, found.start, found.end, hash) : hash);
}

const kindNames: readonly Buffer[] = ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'].map((name) =>
  Buffer.from(name),
);

function spanKind(bytes: Uint8Array, from: number, to: number, hash: number): number {
  const name = kindNames[findField(bytes, from, to, 48) ? varintAt(bytes, found.start) : 0];
  return name ? crc32(name, 0, name.length, hash) : hash;
}

function logBody(bytes: Uint8Array, from: number, to: number, hash: number): number {
  return findField(bytes, from, to, 42) ? hashValue(bytes, found, hash) : hash;
}

/** Names that stand for fields of an item, behind resource and scope but before its own attributes. */
const fields: Readonly<Partial<Record<Signal, Readonly<Record<string, Wanted['field']>>>>> = {
  traces: { 'span.kind': spanKind, 'span.name': textField(42) },
  logs: { 'log.severity': textField(26), 'log.body': logBody },
};
