import fc from 'fast-check';
import { expect, test } from 'vitest';
import { emptyContext } from '../../component/consumer.js';
import { spanMetrics, spansOf, type Point, type TestSpan } from '../../../test/support/span-metrics.js';

const runs = Number(process.env['KANMON_FUZZ_RUNS'] ?? 60);

const span: fc.Arbitrary<TestSpan> = fc.record({
  name: fc.constantFrom('a', 'b', ''),
  kind: fc.nat({ max: 6 }),
  code: fc.nat({ max: 2 }),
  ms: fc.constantFrom(0, 1, 3, 70, 20_000, -5),
  state: fc.constantFrom('', 'ot=th:8', 'ot=th:a', 'x=y', 'ot=th:zz'),
  attributes: fc.dictionary(
    fc.constantFrom('m', 'code', 'http.x', 'http.y'),
    fc.oneof(fc.constantFrom('1', '2', ''), fc.integer({ min: 1, max: 2 }), fc.boolean()),
  ),
  events: fc.array(fc.dictionary(fc.constantFrom('type', 'm'), fc.constantFrom('x', 'y')), { maxLength: 2 }),
});
const resource = fc.record({
  'service.name': fc.constantFrom('s', 't'),
  host: fc.constantFrom('1', '2'),
  m: fc.constantFrom('from the resource', 'other'),
});
const step = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(resource, fc.array(span, { minLength: 1, maxLength: 4 })) },
  { weight: 1, arbitrary: fc.constant('flush' as const) },
);

const weights: Readonly<Record<string, number>> = { 'ot=th:8': 2, 'ot=th:a': 8 / 3 };
const kinds = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
const codes = ['UNSET', 'OK', 'ERROR'];

/** The series that a span, or one of its events, counts in, in words. */
function seriesOf(of: Readonly<Record<string, unknown>>, one: TestSpan, metric: string, event?: object): string {
  const around = (event ?? of) as Readonly<Record<string, unknown>>;
  const own = one.attributes ?? {};
  const attributes: Record<string, unknown> = {
    'service.name': of['service.name'],
    'span.name': one.name,
    'span.kind': kinds[one.kind!] === undefined ? '' : `SPAN_KIND_${kinds[one.kind!]}`,
    'status.code': `STATUS_CODE_${codes[one.code!]}`,
    m: own['m'] ?? around['m'] ?? 'none',
  };
  for (const name of event ? ['type'] : ['code']) {
    const value = own[name] ?? around[name];
    if (value !== undefined && (metric !== 'duration' || name !== 'code')) attributes[name] = value;
  }
  for (const name of ['http.x', 'http.y']) if (own[name] !== undefined) attributes[name] = own[name];
  const text = Object.entries(attributes)
    .map(([key, value]) => `${key}=${String(value)}`)
    .sort()
    .join(' ');
  return `${of['service.name'] as string}/${of['host'] as string}/${of['m'] as string} ${metric} ${text}`;
}

function nameOf({ resource, metric, attributes }: Point): string {
  const get = (key: string): string => new RegExp(`(?:^|\\s)${key}=(.*?)(?= \\S+=|$)`).exec(resource)?.[1] ?? '';
  return `${get('service.name')}/${get('host')}/${get('m')} ${metric} ${attributes}`;
}

test.each(['AGGREGATION_TEMPORALITY_DELTA', 'AGGREGATION_TEMPORALITY_CUMULATIVE'])(
  'all that arrives is counted once in its series: %s',
  async (temporality) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const { connector, clock, flushes, spanBooks, pointBooks } = await spanMetrics({
          namespace: '',
          metrics_flush_interval: '1s',
          aggregation_temporality: temporality,
          metric_timestamp_cache_size: 1,
          dimensions: [{ name: 'm', default: 'none' }, { glob: 'http.*' }],
          calls_dimensions: [{ name: 'code' }],
          events: { enabled: true, dimensions: [{ name: 'type' }] },
        });
        const expected = new Map<string, number>();
        const count = (name: string, weight: number): void =>
          void expected.set(name, (expected.get(name) ?? 0) + weight);
        for (const one of steps) {
          if (one === 'flush') {
            await clock.pass(1000);
            continue;
          }
          const [of, spans] = one;
          await connector.consume(spansOf([of, ...spans]), emptyContext);
          for (const each of spans) {
            const weight = weights[each.state ?? ''] ?? 1;
            count(seriesOf(of, each, 'calls'), weight);
            count(seriesOf(of, each, 'duration'), weight);
            for (const event of each.events ?? []) count(seriesOf(of, each, 'events', event), weight);
          }
        }
        await connector.shutdown?.(new AbortController().signal);
        const found = new Map<string, number>();
        for (const point of flushes.flat()) {
          const before = temporality.endsWith('DELTA') ? (found.get(nameOf(point)) ?? 0) : 0;
          // A cumulative count never falls.
          expect(point.value).toBeGreaterThanOrEqual(
            temporality.endsWith('DELTA') ? 0 : (found.get(nameOf(point)) ?? 0),
          );
          found.set(nameOf(point), before + point.value);
        }
        expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
        // A half is rounded up; a series that was forgotten in between begins anew.
        for (const [name, value] of found) {
          const off = Math.abs(value - expected.get(name)!);
          expect(off).toBeLessThanOrEqual(
            temporality.endsWith('DELTA') && !Number.isInteger(expected.get(name)) ? 25 : 0.5001,
          );
        }
        const spans = steps.reduce((sum, one) => sum + (one === 'flush' ? 0 : one[1].length), 0);
        expect([spanBooks.inItems, spanBooks.outItems, spanBooks.balance, pointBooks.balance]).toEqual([
          spans,
          spans,
          0,
          0,
        ]);
      }),
      { numRuns: runs },
    );
  },
);
