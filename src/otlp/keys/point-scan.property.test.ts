import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arbitraryOtlp } from '../../../test/support/arbitrary-otlp.js';
import { attributes, gauge, metricsBatch, resource, type Json } from '../../../test/support/metrics.js';
import type { Batch } from '../batch.js';
import { BatchCursor } from '../view/batch-cursor.js';
import { MetricView, type MetricType } from '../view/metric.js';
import { HistogramPointView, NumberPointView, SummaryPointView, type PointView } from '../view/points.js';
import { validate } from '../wire/validate.js';
import { PointScan } from './point-scan.js';

const runs = Number(process.env['KANMON_FUZZ_RUNS'] ?? 200);
const float = new DataView(new ArrayBuffer(8));
const seed = [1, 2, 3, 4] as const;

interface Read {
  readonly start: bigint;
  readonly time: bigint;
  readonly value: bigint;
  readonly isDouble: boolean;
  readonly hasValue: boolean;
}

/** The same by the views. */
function viewed(point: PointView): Read {
  const times = { start: point.startTimeUnixNano.toBigInt(), time: point.timeUnixNano.toBigInt() };
  const hasValue = (point.flags & 1) === 0;
  if (!(point instanceof NumberPointView)) {
    const { count } = point as unknown as { count: { toBigInt(): bigint } };
    return { ...times, value: count.toBigInt(), isDouble: false, hasValue };
  }
  const { type } = point;
  float.setFloat64(0, point.asDouble);
  const value = type === 'int' ? point.asInt.toBigInt() : float.getBigUint64(0);
  return { ...times, value, isDouble: type === 'double', hasValue: hasValue && type !== 'empty' };
}

function eachPoint(batch: Batch, visit: (point: PointView, scan: PointScan) => void, scan = new PointScan()): void {
  const metrics = new BatchCursor(new MetricView()).open(batch);
  scan.open(batch.bytes);
  while (metrics.next()) {
    scan.enterMetric(metrics.item.type);
    for (const point = metrics.item.points(); point.next();) {
      scan.read(point.fields.pieceFrom(0), point.fields.pieceTo(0));
      visit(point, scan);
    }
  }
  scan.close();
}

/** The hash of the attributes of a point. */
function hashOfPoint(names: readonly string[], scan = new PointScan()): string {
  let hash = '';
  const point = { asInt: '1', attributes: names.flatMap((name) => attributes({ [name]: `value of ${name}` })) };
  eachPoint(
    metricsBatch(resource({}, gauge('load', point))),
    (_, read) => {
      hash = `${read.attributesLow} ${read.attributesHigh}`;
    },
    scan,
  );
  return hash;
}

test('a scan reads what the views read, of points of every kind', () => {
  fc.assert(
    fc.property(arbitraryOtlp('metrics'), (bytes) => {
      eachPoint(validate('metrics', new Uint8Array(bytes)), (point, scan) => {
        const { start, time, value, isDouble, hasValue } = scan;
        const read = { start: start.toBigInt(), time: time.toBigInt(), value: value.toBigInt(), isDouble, hasValue };
        const expected = viewed(point);
        // A double that is no number has many forms, of which a view keeps one.
        const isNaN = isDouble && Number.isNaN((point as NumberPointView).asDouble);
        expect(isNaN ? { ...read, value: expected.value } : read).toEqual(expected);
      });
    }),
    { numRuns: runs },
  );
});

test('the hash of attributes does not depend on their order, and differs with each of them and with the seed', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ maxLength: 30 }), { minLength: 1, maxLength: 8 }), (names) => {
      const hash = hashOfPoint(names);
      expect(hashOfPoint(names.toReversed())).toBe(hash);
      expect(hashOfPoint(names.slice(1))).not.toBe(hash);
      expect(hashOfPoint([...names, 'one more, longer than any'])).not.toBe(hash);
      expect(hashOfPoint(names, new PointScan(seed))).not.toBe(hash);
      expect(hashOfPoint(names, new PointScan(seed))).toBe(hashOfPoint(names, new PointScan(seed)));
    }),
    { numRuns: runs },
  );
  expect(hashOfPoint([])).toBe('0 0');
});

/** All that a scan has read. */
function readOf({ start, time, value, isDouble, hasValue, attributesLow, attributesHigh }: PointScan): unknown {
  const words = [start, time, value].map((each) => each.toBigInt());
  return { words, isDouble, hasValue, attributesLow, attributesHigh };
}

const typeOf = (point: PointView): MetricType => {
  if (point instanceof NumberPointView) return 'sum';
  if (point instanceof HistogramPointView) return 'histogram';
  return point instanceof SummaryPointView ? 'summary' : 'exponentialHistogram';
};

/** Both ways of reading all points of batches give the same, also when another scan reads in between. */
function expectAlike(batches: readonly Batch[]): number {
  const [first, other, here] = [new PointScan(seed), new PointScan([5, 6, 7, 8]), new PointScan(seed, true)];
  let points = 0;
  for (const batch of batches) {
    for (const scan of [other, here]) scan.open(batch.bytes);
    eachPoint(
      batch,
      (point) => {
        const { fields } = point;
        if (points++ % 3 === 0) other.read(fields.pieceFrom(0), fields.pieceTo(0));
        here.enterMetric(typeOf(point));
        here.read(fields.pieceFrom(0), fields.pieceTo(0));
        first.read(fields.pieceFrom(0), fields.pieceTo(0));
        expect(readOf(first)).toEqual(readOf(here));
      },
      first,
    );
  }
  return points;
}

test('the kernel reads what is read without it', () => {
  fc.assert(
    fc.property(fc.array(arbitraryOtlp('metrics'), { minLength: 1, maxLength: 3 }), (all) => {
      expectAlike(all.map((bytes) => validate('metrics', new Uint8Array(bytes))));
    }),
    { numRuns: runs },
  );
});

test('points that the kernel has no room for are read like others, and batches that are larger than its memory', () => {
  const point = (size: number, i: number): Json => ({
    asInt: `${i}`,
    timeUnixNano: `${i + 1}`,
    attributes: attributes({ short: `${i}`, long: 'x'.repeat(size), empty: '' }),
  });
  const sizes = [10, 200_000, 10, 70_000, 65_000, 10, ...Array.from({ length: 2000 }, (_, i) => 50 + (i % 90))];
  const batch = metricsBatch(resource({}, gauge('load', ...sizes.map((size, i) => point(size, i)))));
  expect(expectAlike([batch, batch])).toBe(2 * sizes.length);
});
