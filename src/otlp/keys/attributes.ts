import type { Batch } from '../batch.js';
import type { Signal } from '../signal.js';
import type { AttributedView } from '../view/attributes.js';
import { BatchCursor } from '../view/batch-cursor.js';
import { LogRecordView } from '../view/log-record.js';
import type { MessageView } from '../view/message.js';
import { MetricView } from '../view/metric.js';
import type { PointView } from '../view/points.js';
import { SpanView } from '../view/span.js';
import { at32 } from '../wire/at.js';
import { AttributeKey, hashOfValue, type FieldHashes } from './attribute-key.js';
import { crc32, crc32Of } from './crc32.js';
import type { Owners, Route } from './route.js';
import { TraceFirsts } from './trace-firsts.js';

const kindNames: readonly Buffer[] = ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'].map(
  (name) => Buffer.from(name),
);

const spanFields: FieldHashes<SpanView> = {
  'span.kind': ({ kind }, hash) => {
    const name = kindNames[kind];
    return name ? crc32(name, 0, name.length, hash) : hash;
  },
  'span.name': ({ name }, hash) => crc32Of(name, hash),
};

const recordFields: FieldHashes<LogRecordView> = {
  'log.severity': ({ severityText }, hash) => crc32Of(severityText, hash),
  'log.body': ({ body }, hash) => hashOfValue(body, hash),
};

const spans = new BatchCursor(new SpanView());
const records = new BatchCursor(new LogRecordView());
const metrics = new BatchCursor(new MetricView());
const firsts = new TraceFirsts();

/**
 * By the values of some attributes (docs/spec/gateway.md#routing-keys): `name=value|` of each, from the resource, else
 * the scope, else the item; `name=|` when none has it. Spans hash them as configured, and a trace within a scope
 * follows its first span. Logs and data points hash what the resource has before what the scope has before the rest,
 * unless `consistent`.
 */
export function byAttributes(
  names: readonly string[],
  signal: Exclude<Signal, 'profiles'>,
  consistent: boolean,
): Route {
  switch (signal) {
    case 'traces': {
      const key = new AttributeKey<SpanView>(names, spanFields, true);
      return (batch, ring, partOf) => routeAll(spans, key, batch, ring, partOf, routeSpans);
    }
    case 'logs': {
      const key = new AttributeKey<LogRecordView>(names, recordFields, consistent);
      return (batch, ring, partOf) => routeAll(records, key, batch, ring, partOf, routeRecords);
    }
    case 'metrics': {
      const key = new AttributeKey<PointView>(names, {}, consistent);
      return (batch, ring, partOf) => routeAll(metrics, key, batch, ring, partOf, routePoints);
    }
  }
}

/** Writes the owners of the items in one scope, in which the key depends on them. */
type RouteScope<Key> = (key: Key, batch: Batch, ring: Owners, partOf: Int32Array) => void;

function routeAll<Item extends MessageView, Keyed extends AttributedView>(
  cursor: BatchCursor<Item>,
  key: AttributeKey<Keyed>,
  batch: Batch,
  ring: Owners,
  partOf: Int32Array,
  routeScope: RouteScope<AttributeKey<Keyed>>,
): number {
  for (cursor.open(batch); cursor.nextResource();) {
    key.enterResource(cursor.resource);
    while (cursor.nextScope()) {
      key.enterScope(cursor.scope);
      if (key.isComplete) partOf.fill(ring.ownerOf(key.hash(undefined)), cursor.unit, cursor.unit + cursor.scopeUnits);
      else routeScope(key, batch, ring, partOf);
    }
  }
  return 0;
}

function routeSpans(key: AttributeKey<SpanView>, { bytes, index }: Batch, ring: Owners, partOf: Int32Array): void {
  firsts.clear(spans.scopeUnits);
  while (spans.nextItem()) {
    const { unit } = spans;
    const first = firsts.firstOf(bytes, index, unit);
    partOf[unit] = first === unit ? ring.ownerOf(key.hash(spans.item)) : at32(partOf, first);
  }
}

function routeRecords(key: AttributeKey<LogRecordView>, _: Batch, ring: Owners, partOf: Int32Array): void {
  while (records.nextItem()) partOf[records.unit] = ring.ownerOf(key.hash(records.item));
}

function routePoints(key: AttributeKey<PointView>, _: Batch, ring: Owners, partOf: Int32Array): void {
  while (metrics.nextItem()) {
    let { unit } = metrics;
    for (const point = metrics.item.points(); point.next();) partOf[unit++] = ring.ownerOf(key.hash(point));
  }
}
