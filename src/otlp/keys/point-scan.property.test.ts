import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arbitraryOtlp } from '../../../test/support/arbitrary-otlp.js';
import { attributes, gauge, metricsBatch, resource, type Json } from '../../../test/support/metrics.js';
import type { Batch } from '../batch.js';
import { BatchCursor } from '../view/batch-cursor.js';
import { MetricView } from '../view/metric.js';
import { NumberPointView, type PointView } from '../view/points.js';
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

/** Visits the points of a batch by the views, beside a scan that has read the same point. */
function eachPoint(batch: Batch, visit: (point: PointView, scan: PointScan) => void, scan = new PointScan()): void {
  const metrics = new BatchCursor(new MetricView()).open(batch);
  scan.open(batch.bytes);
  while (metrics.next()) {
    scan.enterMetric(metrics.item.type);
    const point = metrics.item.points();
    const { data } = metrics.item;
    for (let piece = 0; piece < data.pieceCount; piece++) {
      const to = data.pieceTo(piece);
      for (let at = data.pieceFrom(piece); at < to;) {
        at = scan.readMany(at, to);
        for (let i = 0; i < scan.count; i++) {
          expect(point.next()).toBe(true);
          const { from, to: end } = scan.select(i);
          expect([from, end]).toEqual([point.fields.pieceFrom(0), point.fields.pieceTo(0)]);
          visit(point, scan);
        }
      }
    }
    expect(point.next()).toBe(false);
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

/** All that a scan reads of batches, of which another scan reads in between, as it is in one of several turns. */
function allOf(batches: readonly Batch[], scan: PointScan, other?: PointScan): unknown[] {
  const found: unknown[] = [];
  for (const batch of batches) {
    const metrics = new BatchCursor(new MetricView()).open(batch);
    scan.open(batch.bytes);
    other?.open(batch.bytes);
    for (let turn = 0; metrics.next();) {
      scan.enterMetric(metrics.item.type);
      other?.enterMetric('histogram');
      const { data } = metrics.item;
      for (let piece = 0; piece < data.pieceCount; piece++) {
        const to = data.pieceTo(piece);
        for (let at = data.pieceFrom(piece); at < to; turn++) {
          if (turn % 3 === 0) other?.readMany(at, to);
          at = scan.readMany(at, to);
          for (let i = 0; i < scan.count; i++) {
            const {
              from,
              to: end,
              start,
              time,
              value,
              isDouble,
              hasValue,
              attributesLow,
              attributesHigh,
            } = scan.select(i);
            const words = [start, time, value].map((each) => each.toBigInt());
            found.push({ from, end, words, isDouble, hasValue, attributesLow, attributesHigh });
          }
        }
      }
    }
    scan.close();
  }
  return found;
}

test('the kernel reads what is read without it, also when another scan reads in between', () => {
  fc.assert(
    fc.property(fc.array(arbitraryOtlp('metrics'), { minLength: 1, maxLength: 3 }), (all) => {
      const batches = all.map((bytes) => validate('metrics', new Uint8Array(bytes)));
      const here = allOf(batches, new PointScan(seed, true));
      expect(allOf(batches, new PointScan(seed))).toEqual(here);
      expect(allOf(batches, new PointScan(seed), new PointScan())).toEqual(here);
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
  const batch = metricsBatch(resource({}, gauge('load', ...sizes.map(point)), gauge('more', ...sizes.map(point))));
  const here = allOf([batch, batch], new PointScan(seed, true));
  expect(here.length).toBe(4 * sizes.length);
  expect(allOf([batch, batch], new PointScan(seed))).toEqual(here);
  expect(allOf([batch, batch], new PointScan(seed), new PointScan())).toEqual(here);
});

test('fields that are no points stand between them, wherever the memory of the kernel ends', () => {
  const name = Buffer.from([10, 1, 0x6d]);
  const field = (tag: number, body: Buffer): Buffer =>
    Buffer.concat([
      Buffer.from([tag, 0x80 | (body.length & 127), 0x80 | ((body.length >> 7) & 127), body.length >> 14]),
      body,
    ]);
  // A point with a time; an unknown group with one inside and a text of many high bytes; an unknown varint.
  const point = field(10, Buffer.from([25, 1, 2, 3, 4, 5, 6, 7, 8, 33, 8, 7, 6, 5, 4, 3, 2, 1]));
  const group = Buffer.concat([
    Buffer.from([0xa3, 6, 0xab, 6]),
    field(0x4a, Buffer.alloc(300, 0xff)),
    Buffer.from([0xac, 6, 0xa4, 6]),
  ]);
  const others = [group, Buffer.from([0xa0, 6, 0xff, 0xff, 0xff, 0xff, 1]), field(0x4a, Buffer.alloc(1000, 0xff))];
  for (let shift = 0; shift < 40; shift++) {
    const parts: Buffer[] = [field(0x4a, Buffer.alloc(shift * 9, 0xff))];
    for (let i = 0; i < 300; i++) parts.push(point, ...others.slice(0, 1 + (i % 3)));
    const metric = Buffer.concat([name, field(0x3a, Buffer.concat(parts))]);
    const bytes = field(10, field(18, field(18, metric)));
    const batch = validate('metrics', new Uint8Array(bytes));
    const here = allOf([batch], new PointScan(seed, true));
    expect(here.length).toBe(300);
    expect(allOf([batch], new PointScan(seed))).toEqual(here);
  }
});
