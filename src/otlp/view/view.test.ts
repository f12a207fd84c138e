import { expect, test } from 'vitest';
import { tagOf, type FieldName, type MessageName } from '../fields.js';
import type { Signal } from '../signal.js';
import { validate } from '../wire/validate.js';
import { BatchCursor } from './batch-cursor.js';
import { key } from './key.js';
import { MetricView } from './metric.js';
import { ResourceCursor } from './resource-cursor.js';
import { SpanView } from './span.js';
import { ValueView } from './value.js';

const text = (value: string): number[] => [...Buffer.from(value)];

/** A field of a message that is a text, bytes or a message, below 16 KiB; the length may be longer than it must. */
function field<Of extends MessageName>(message: Of, name: FieldName<Of>, ...bodies: readonly number[][]): number[] {
  const body = bodies.flat();
  return [tagOf(message, name), (body.length & 127) | 128, body.length >> 7, ...body];
}

const attribute = (name: string, value: string): number[] => [
  ...field('KeyValue', 'key', text(name)),
  ...field('KeyValue', 'value', field('AnyValue', 'string_value', text(value))),
];

const batchOf = (signal: Signal, ...bytes: readonly number[][]): ReturnType<typeof validate> =>
  validate(signal, Uint8Array.from(bytes.flat()));

const route = key('http.route');
const value = new ValueView();

test('an attribute is found by its key, its value before the key or in pieces', () => {
  const spans = new BatchCursor(new SpanView());
  const valueFirst = [
    ...field('KeyValue', 'value', field('AnyValue', 'string_value', text('/a'))),
    ...field('KeyValue', 'key', text('http.route')),
  ];
  // The second piece of the value says nothing: the first one stays.
  const inPieces = [...attribute('http.route', '/b'), ...field('KeyValue', 'value')];
  const replaced = [
    ...attribute('http.route', '/c'),
    ...field('KeyValue', 'value', [tagOf('AnyValue', 'bool_value'), 1]),
  ];
  const span = (...attributes: readonly number[][]): number[] =>
    field('ScopeSpans', 'spans', ...attributes.map((one) => field('Span', 'attributes', one)));
  const batch = batchOf(
    'traces',
    field(
      'TracesData',
      'resource_spans',
      field(
        'ResourceSpans',
        'scope_spans',
        span(attribute('http.routes', '/'), valueFirst),
        span(inPieces),
        span(replaced),
        span(attribute('http.rout', '/')),
        span(attribute('http.route', 'first'), attribute('http.route', 'second')),
      ),
    ),
  );
  const found: string[] = [];
  for (spans.open(batch); spans.next();) {
    const there = spans.item.attribute(route, value);
    found.push(there ? `${value.type} ${value.string.toString()} ${value.bool}` : value.type);
  }
  expect(found).toEqual(['string /a false', 'string /b false', 'bool  true', 'empty', 'string first false']);
});

test('a resource that came in two pieces is one for every item below it', () => {
  const spans = new BatchCursor(new SpanView());
  const batch = batchOf(
    'traces',
    field(
      'TracesData',
      'resource_spans',
      field('ResourceSpans', 'resource', field('Resource', 'attributes', attribute('host.name', 'a'))),
      field('ResourceSpans', 'scope_spans', field('ScopeSpans', 'spans'), field('ScopeSpans', 'spans')),
      field('ResourceSpans', 'resource', field('Resource', 'attributes', attribute('http.route', '/'))),
    ),
  );
  const found: string[] = [];
  for (spans.open(batch); spans.next();) {
    const { resource } = spans;
    for (const one = resource.attributes(); one.next();)
      found.push(`${one.key.toString()}=${one.value.string.toString()}`);
    expect(resource.attribute(route, value) && value.is(key('/'))).toBe(true);
  }
  expect(found).toEqual(['host.name=a', 'http.route=/', 'host.name=a', 'http.route=/']);
});

test('levels can be passed over, and units are counted all the same', () => {
  const metrics = new BatchCursor(new MetricView());
  const metric = (points: number): number[] =>
    field(
      'ScopeMetrics',
      'metrics',
      field('Metric', 'gauge', ...Array.from({ length: points }, () => field('Gauge', 'data_points'))),
    );
  const scope = (...points: readonly number[]): number[] =>
    field('ResourceMetrics', 'scope_metrics', ...points.map(metric));
  const batch = batchOf(
    'metrics',
    field('MetricsData', 'resource_metrics', scope(1, 2), scope(), scope(3)),
    field('MetricsData', 'resource_metrics'),
    field('MetricsData', 'resource_metrics', scope(4), scope(5, 6)),
  );
  const cursor = new ResourceCursor();
  const resources: number[][] = [];
  for (cursor.open(batch); cursor.next();) resources.push([cursor.unit, cursor.units]);
  expect(resources).toEqual([
    [0, 6],
    [6, 0],
    [6, 15],
  ]);
  const scopes: number[][] = [];
  for (metrics.open(batch); metrics.nextResource();)
    while (metrics.nextScope())
      scopes.push([metrics.unit, metrics.scopeUnits, metrics.nextItem() ? metrics.units : -1]);
  expect(scopes).toEqual([
    [0, 3, 1],
    [3, 0, -1],
    [3, 3, 3],
    [6, 4, 4],
    [10, 11, 5],
  ]);
  const items: number[][] = [];
  for (metrics.open(batch); metrics.next();)
    items.push([metrics.unit, metrics.units, metrics.resourceRow, metrics.scopeRow]);
  expect(items).toEqual([
    [0, 1, 0, 0],
    [1, 2, 0, 0],
    [3, 3, 0, 2],
    [6, 4, 2, 3],
    [10, 5, 2, 4],
    [15, 6, 2, 4],
  ]);
});

test('behind the last item a view reads nothing of the batch', () => {
  const spans = new BatchCursor(new SpanView());
  const span = field(
    'ScopeSpans',
    'spans',
    field('Span', 'name', text('GET')),
    field('Span', 'attributes', attribute('http.route', '/')),
  );
  const batch = batchOf('traces', field('TracesData', 'resource_spans', field('ResourceSpans', 'scope_spans', span)));
  spans.open(batch).next();
  const { name } = spans.item;
  expect(name.toString()).toBe('GET');
  expect(spans.next()).toBe(false);
  expect(name.toString()).toBe('');
  expect(spans.item.attribute(route, value)).toBe(false);
  expect(spans.item.kind).toBe(0);
});

test('a duration is the difference of two times, exact though neither is a float', () => {
  const spans = new BatchCursor(new SpanView());
  const time = (name: 'start_time_unix_nano' | 'end_time_unix_nano', nanoseconds: bigint): number[] => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(nanoseconds);
    return [tagOf('Span', name), ...bytes];
  };
  const start = 1_764_360_000_123_456_789n;
  const span = field(
    'ScopeSpans',
    'spans',
    time('start_time_unix_nano', start),
    time('end_time_unix_nano', start + 4_294_967_295n),
  );
  spans
    .open(batchOf('traces', field('TracesData', 'resource_spans', field('ResourceSpans', 'scope_spans', span))))
    .next();
  const { startTimeUnixNano, endTimeUnixNano } = spans.item;
  expect(endTimeUnixNano.minus(startTimeUnixNano)).toBe(4_294_967_295);
  expect(endTimeUnixNano.compare(startTimeUnixNano)).toBeGreaterThan(0);
  expect(startTimeUnixNano.toBigInt()).toBe(start);
  expect(Math.abs(startTimeUnixNano.toNumber() - Number(start))).toBeLessThanOrEqual(256);
});

test('a resource and scope that every span reads are searched once, however many pieces they came in', () => {
  const count = 200_000;
  const pieces = Buffer.alloc(2 * count);
  const spansOf = Buffer.alloc(2 * count);
  for (let i = 0; i < count; i++) {
    pieces[2 * i] = tagOf('ResourceSpans', 'resource');
    spansOf[2 * i] = tagOf('ScopeSpans', 'spans');
  }
  const long = (tag: number, body: Uint8Array): Buffer =>
    Buffer.concat([
      Buffer.from([tag, (body.length & 127) | 128, ((body.length >> 7) & 127) | 128, body.length >> 14]),
      body,
    ]);
  const scopes = long(tagOf('ResourceSpans', 'scope_spans'), spansOf);
  const batch = validate('traces', long(tagOf('TracesData', 'resource_spans'), Buffer.concat([pieces, scopes])));
  const spans = new BatchCursor(new SpanView());
  let dropped = 0;
  for (spans.open(batch); spans.next();)
    dropped += spans.resource.droppedAttributesCount + spans.scope.droppedAttributesCount;
  expect([batch.itemCount, dropped]).toEqual([count, 0]);
});
