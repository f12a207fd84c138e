import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  arbitraryText,
  arbitraryValue,
  keyValueTree,
  type ModelValue,
} from '../../../test/support/arbitrary-values.js';
import { referenceDecode, type Tree, type Value } from '../../../test/support/reference-decode.js';
import type { Batch } from '../batch.js';
import { validate } from '../wire/validate.js';
import type { Builder } from './builder.js';
import { LogBuilder } from './logs.js';
import { MetricBuilder, type Temporality } from './metrics.js';
import { SpanBuilder, type SpanKind, type StatusCode } from './spans.js';

const runs = Number(process.env['KANMON_FUZZ_RUNS'] ?? 200);

/** One call of a builder, and the fields it must leave in the message it belongs to. */
interface Step<B> {
  readonly call: (builder: B) => void;
  readonly tree: Tree;
}

const attributes: fc.Arbitrary<[string, ModelValue][]> = fc.array(fc.tuple(arbitraryText, arbitraryValue), {
  maxLength: 3,
});
const id = (size: number): fc.Arbitrary<string | Uint8Array> =>
  fc
    .uint8Array({ minLength: size, maxLength: size })
    .chain((bytes) => fc.constantFrom(bytes, Buffer.from(bytes).toString('hex')));
const hex = (value: string | Uint8Array): string =>
  typeof value === 'string' ? value : Buffer.from(value).toString('hex');
const unixMs = fc.integer({ min: 0, max: 4_000_000_000_000 });
const belowMs = fc.integer({ min: 0, max: 999_999 });
const count = fc.maxSafeInteger().map(Math.abs);
const nanos = (ms: number, rest: number): bigint => BigInt(ms) * 1_000_000n + BigInt(rest);

/** The tree without what a reader leaves out: scalars at their default and lists without elements. */
function plain(tree: Tree, optional: readonly string[] = []): Tree {
  const isDefault = (value: Value): boolean =>
    value === '' ||
    value === 0n ||
    value === false ||
    Object.is(value, 0) ||
    (Array.isArray(value) && value.length === 0);
  return Object.fromEntries(
    Object.entries(tree).filter(([name, value]) => optional.includes(name) || !isDefault(value)),
  );
}

function list(entries: readonly [string, ModelValue][]): Tree[] {
  return entries.map(([key, { tree }]) => keyValueTree(key, tree));
}

function addAll(builder: Builder, entries: readonly [string, ModelValue][]): void {
  for (const [key, { value }] of entries) builder.attribute(key, value);
}

const event: fc.Arbitrary<{ kind: 'events' | 'links'; step: Step<SpanBuilder> }> = fc.oneof(
  fc
    .record({ name: arbitraryText, ms: unixMs, rest: belowMs, entries: attributes })
    .map(({ name, ms, rest, entries }) => ({
      kind: 'events' as const,
      step: {
        call: (builder: SpanBuilder) => addAll(builder.event(name, ms, rest), entries),
        tree: plain({ name, time_unix_nano: nanos(ms, rest), attributes: list(entries) }),
      },
    })),
  fc
    .record({ traceId: id(16), spanId: id(8), state: arbitraryText, entries: attributes })
    .map(({ traceId, spanId, state, entries }) => ({
      kind: 'links' as const,
      step: {
        call: (builder: SpanBuilder) => addAll(builder.link(traceId, spanId, state), entries),
        tree: plain({ trace_id: hex(traceId), span_id: hex(spanId), trace_state: state, attributes: list(entries) }),
      },
    })),
);

const kinds: SpanKind[] = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];
const codes: StatusCode[] = ['unset', 'ok', 'error'];

const span: fc.Arbitrary<Step<SpanBuilder>> = fc
  .record({
    ids: fc.tuple(id(16), id(8), fc.oneof(id(8), fc.constant(''))),
    texts: fc.tuple(arbitraryText, arbitraryText, arbitraryText),
    kind: fc.nat({ max: 5 }),
    code: fc.nat({ max: 2 }),
    times: fc.tuple(unixMs, unixMs, belowMs, belowMs),
    flags: fc.nat({ max: 0xffff_ffff }),
    dropped: fc.tuple(fc.nat(), fc.nat(), fc.nat()),
    entries: attributes,
    parts: fc.array(event, { maxLength: 3 }),
  })
  .map(({ ids, texts: [name, state, message], kind, code, times, flags, dropped, entries, parts }) => ({
    call(builder: SpanBuilder) {
      addAll(builder.span(name, kinds[kind]), entries);
      for (const { step } of parts) step.call(builder);
      builder
        .ids(...ids)
        .times(...times)
        .context(state, flags)
        .status(codes[code]!, message)
        .dropped(...dropped);
    },
    tree: plain({
      ...{
        name,
        kind,
        trace_id: hex(ids[0]),
        span_id: hex(ids[1]),
        parent_span_id: hex(ids[2]),
        trace_state: state,
        flags,
      },
      start_time_unix_nano: nanos(times[0], times[2]),
      end_time_unix_nano: nanos(times[1], times[3]),
      status: plain({ code, message }),
      ...{ dropped_attributes_count: dropped[0], dropped_events_count: dropped[1], dropped_links_count: dropped[2] },
      attributes: list(entries),
      events: parts.flatMap((part) => (part.kind === 'events' ? [part.step.tree] : [])),
      links: parts.flatMap((part) => (part.kind === 'links' ? [part.step.tree] : [])),
    }),
  }));

const record: fc.Arbitrary<Step<LogBuilder>> = fc
  .record({
    times: fc.tuple(unixMs, belowMs, unixMs, belowMs),
    severity: fc.nat({ max: 24 }),
    texts: fc.tuple(arbitraryText, arbitraryText),
    body: arbitraryValue,
    ids: fc.tuple(id(16), id(8)),
    flags: fc.nat({ max: 0xffff_ffff }),
    dropped: fc.nat(),
    entries: attributes,
  })
  .map(({ times, severity, texts: [text, eventName], body, ids, flags, dropped, entries }) => ({
    call(builder: LogBuilder) {
      addAll(builder.record(times[0], times[1]), entries);
      builder.observed(times[2], times[3]).severity(severity, text).body(body.value).eventName(eventName);
      builder.context(...ids, flags).dropped(dropped);
    },
    tree: plain({
      ...{ time_unix_nano: nanos(times[0], times[1]), observed_time_unix_nano: nanos(times[2], times[3]) },
      ...{ severity_number: severity, severity_text: text, event_name: eventName, body: body.tree, flags },
      ...{ trace_id: hex(ids[0]), span_id: hex(ids[1]), dropped_attributes_count: dropped, attributes: list(entries) },
    }),
  }));

const number: fc.Arbitrary<Step<MetricBuilder>> = fc.oneof(
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map((value) => ({
    call: (builder: MetricBuilder) => void builder.int(value),
    tree: { as_int: value },
  })),
  fc.double({ noNaN: true }).map((value) => ({
    call: (builder: MetricBuilder) => void builder.double(value),
    tree: { as_double: value },
  })),
);

const exemplar: fc.Arbitrary<Step<MetricBuilder>> = fc
  .record({ ms: unixMs, rest: belowMs, value: number, ids: fc.tuple(id(16), id(8)), entries: attributes })
  .map(({ ms, rest, value, ids, entries }) => ({
    call(builder: MetricBuilder) {
      value.call(builder.exemplar(ms, rest));
      addAll(builder.context(...ids), entries);
    },
    tree: {
      ...plain({
        time_unix_nano: nanos(ms, rest),
        trace_id: hex(ids[0]),
        span_id: hex(ids[1]),
        filtered_attributes: list(entries),
      }),
      ...value.tree,
    },
  }));

const double = fc.double({ noNaN: true });
const counts = fc.array(count, { maxLength: 4 });
const big = (values: readonly number[]): bigint[] => values.map(BigInt);

const histogramFields: fc.Arbitrary<Step<MetricBuilder>> = fc
  .record({
    total: count,
    sum: fc.option(double, { nil: undefined }),
    range: fc.option(fc.tuple(double, double)),
    counts,
    bounds: fc.array(double),
  })
  .map(({ total, sum, range, counts: each, bounds }) => ({
    call(builder: MetricBuilder) {
      builder.totals(total, sum).buckets(bounds, each);
      if (range) builder.extremes(...range);
    },
    tree: {
      ...plain({ count: BigInt(total), bucket_counts: big(each), explicit_bounds: bounds }),
      ...(sum === undefined ? {} : { sum }),
      ...(range ? { min: range[0], max: range[1] } : {}),
    },
  }));

const exponentialFields: fc.Arbitrary<Step<MetricBuilder>> = fc
  .record({
    total: count,
    scale: fc.integer({ min: -10, max: 20 }),
    zeros: count,
    threshold: double.filter((value) => !Object.is(value, -0)),
    offsets: fc.tuple(fc.integer(), fc.integer()),
    buckets: fc.tuple(counts, counts),
  })
  .map(({ total, scale, zeros, threshold, offsets, buckets }) => ({
    call(builder: MetricBuilder) {
      builder
        .totals(total)
        .scale(scale, zeros, threshold)
        .positive(offsets[0], buckets[0])
        .negative(offsets[1], buckets[1]);
    },
    tree: plain({
      ...{ count: BigInt(total), scale, zero_count: BigInt(zeros), zero_threshold: threshold },
      positive: plain({ offset: offsets[0], bucket_counts: big(buckets[0]) }),
      negative: plain({ offset: offsets[1], bucket_counts: big(buckets[1]) }),
    }),
  }));

const positive = double.filter((value) => !Object.is(value, -0));
const summaryFields: fc.Arbitrary<Step<MetricBuilder>> = fc
  .record({ total: count, sum: positive, quantiles: fc.array(fc.tuple(positive, positive), { maxLength: 3 }) })
  .map(({ total, sum, quantiles }) => ({
    call(builder: MetricBuilder) {
      builder.totals(total, sum);
      for (const each of quantiles) builder.quantile(...each);
    },
    tree: plain({
      count: BigInt(total),
      sum,
      quantile_values: quantiles.map(([quantile, value]) => plain({ quantile, value })),
    }),
  }));

/** A point: the fields of its kind, then what all kinds have. */
function point(fields: fc.Arbitrary<Step<MetricBuilder>>, withExemplars: boolean): fc.Arbitrary<Step<MetricBuilder>> {
  return fc
    .record({
      times: fc.tuple(unixMs, belowMs, unixMs, belowMs),
      flags: fc.nat(),
      own: fields,
      entries: attributes,
      exemplars: fc.array(exemplar, { maxLength: withExemplars ? 2 : 0 }),
    })
    .map(({ times, flags, own, entries, exemplars }) => ({
      call(builder: MetricBuilder) {
        addAll(builder.point(times[0], times[1]), entries);
        own.call(builder);
        for (const each of exemplars) each.call(builder);
        builder.start(times[2], times[3]).flags(flags);
      },
      tree: {
        ...plain({ time_unix_nano: nanos(times[0], times[1]), start_time_unix_nano: nanos(times[2], times[3]), flags }),
        ...plain({ attributes: list(entries), exemplars: exemplars.map(({ tree }) => tree) }),
        ...own.tree,
      },
    }));
}

const temporalities: Temporality[] = ['unspecified', 'delta', 'cumulative'];
interface Kind {
  readonly begin: (builder: MetricBuilder, temporality: Temporality, monotonic: boolean) => void;
  readonly field: string;
  readonly tree: (temporality: number, monotonic: boolean) => Tree;
  readonly point: fc.Arbitrary<Step<MetricBuilder>>;
}
const metricKinds: readonly Kind[] = [
  { begin: (b) => b.gauge(), field: 'gauge', tree: () => ({}), point: point(number, true) },
  {
    begin: (b, temporality, monotonic) => b.sum(temporality, monotonic),
    field: 'sum',
    tree: (aggregation_temporality, is_monotonic) => ({ aggregation_temporality, is_monotonic }),
    point: point(number, true),
  },
  {
    begin: (b, temporality) => b.histogram(temporality),
    field: 'histogram',
    tree: (aggregation_temporality) => ({ aggregation_temporality }),
    point: point(histogramFields, true),
  },
  {
    begin: (b, temporality) => b.exponentialHistogram(temporality),
    field: 'exponential_histogram',
    tree: (aggregation_temporality) => ({ aggregation_temporality }),
    point: point(exponentialFields, true),
  },
  { begin: (b) => b.summary(), field: 'summary', tree: () => ({}), point: point(summaryFields, false) },
];

const metric: fc.Arbitrary<Step<MetricBuilder>> = fc.constantFrom(...metricKinds).chain((kind) =>
  fc
    .record({
      texts: fc.tuple(arbitraryText, arbitraryText, arbitraryText),
      metadata: attributes,
      temporality: fc.nat({ max: 2 }),
      monotonic: fc.boolean(),
      points: fc.array(kind.point, { maxLength: 3 }),
    })
    .map(({ texts: [name, unit, description], metadata, temporality, monotonic, points }) => ({
      call(builder: MetricBuilder) {
        addAll(builder.metric(name, unit, description), metadata);
        kind.begin(builder, temporalities[temporality]!, monotonic);
        for (const each of points) each.call(builder);
      },
      tree: plain({
        ...{ name, unit, description, metadata: list(metadata) },
        [kind.field]: plain({ ...kind.tree(temporality, monotonic), data_points: points.map(({ tree }) => tree) }),
      }),
    })),
);

interface Names {
  readonly resources: string;
  readonly scopes: string;
  readonly items: string;
}

/** A whole request of one signal. */
function request<B extends Builder>(
  item: fc.Arbitrary<Step<B>>,
  { resources, scopes, items }: Names,
): fc.Arbitrary<Step<B>> {
  const scope = fc
    .record({
      texts: fc.tuple(arbitraryText, arbitraryText, arbitraryText),
      entries: attributes,
      items: fc.array(item, { maxLength: 3 }),
    })
    .map(({ texts: [name, version, schema_url], entries, items: each }) => ({
      call(builder: B) {
        addAll(builder.scope(name, version, schema_url), entries);
        for (const one of each) one.call(builder);
      },
      tree: plain({
        schema_url,
        scope: plain({ name, version, attributes: list(entries) }),
        [items]: each.map(({ tree }) => tree),
      }),
    }));
  const resource = fc
    .record({ schema_url: arbitraryText, entries: attributes, scopes: fc.array(scope, { maxLength: 2 }) })
    .map(({ schema_url, entries, scopes: each }) => ({
      call(builder: B) {
        addAll(builder.resource(schema_url), entries);
        for (const one of each) one.call(builder);
      },
      tree: plain({
        schema_url,
        resource: plain({ attributes: list(entries) }),
        [scopes]: each.map(({ tree }) => tree),
      }),
    }));
  return fc.array(resource, { maxLength: 2 }).map((each) => ({
    call(builder: B) {
      for (const one of each) one.call(builder);
    },
    tree: plain({ [resources]: each.map(({ tree }) => tree) }),
  }));
}

function holds<B extends Builder>(builder: B, model: fc.Arbitrary<Step<B>>): void {
  fc.assert(
    fc.property(model, ({ call, tree }) => {
      call(builder);
      const counted = builder.itemCount;
      const batch: Batch = builder.finish();
      expect(referenceDecode(batch.signal, batch.bytes)).toEqual(tree);
      expect(validate(batch.signal, batch.bytes).itemCount).toBe(batch.itemCount);
      expect(batch.itemCount).toBe(counted);
      expect(builder.itemCount).toBe(0);
    }),
    { numRuns: runs },
  );
}

test('spans that are built are what a reader finds', () => {
  holds(new SpanBuilder(), request(span, { resources: 'resource_spans', scopes: 'scope_spans', items: 'spans' }));
});

test('log records that are built are what a reader finds', () => {
  holds(new LogBuilder(), request(record, { resources: 'resource_logs', scopes: 'scope_logs', items: 'log_records' }));
});

test('metrics of every kind that are built are what a reader finds', () => {
  holds(
    new MetricBuilder(),
    request(metric, { resources: 'resource_metrics', scopes: 'scope_metrics', items: 'metrics' }),
  );
});
