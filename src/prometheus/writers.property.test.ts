import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseExposition, type Sample } from '../../test/support/exposition.js';
import {
  delimited,
  doubleAt,
  integerAt,
  messagesAt,
  textAt,
  varintsAt,
  zigzag,
  zigzagAt,
  type Fields,
} from '../../test/support/plain-protobuf.js';
import type { ExposedExemplar, ExposedFamily, ExposedSeries, FamilyType, PointData } from './exposed.js';
import { encodeLabels, type Label } from './labels.js';
import { PageBuffer } from './page-buffer.js';
import type { PageWriter } from './page-writer.js';
import { ProtobufWriter } from './protobuf-writer.js';
import { PageTextWriter } from './text-writer.js';

/** Text that a sender may choose: quotation marks, backslashes, line ends, NUL, characters beyond the first plane. */
const hostile = fc.string({
  unit: fc.constantFrom(
    'a',
    '"',
    '\\',
    '\n',
    '\r',
    '\0',
    '{',
    '}',
    ',',
    '=',
    ' ',
    '#',
    'ü',
    '\u{1F600}',
    '\uFFFD',
    'n',
  ),
});
const name = fc.oneof(
  fc.constantFrom('plain', 'a_b', 'with.dot', '9'),
  hostile.filter((text) => text !== ''),
);
const number = fc.oneof(fc.double(), fc.constantFrom(0, 1, 1e21, 5e-324, Infinity, -Infinity, Number.NaN));
const count = fc.nat({ max: 2 ** 31 - 1 });
const floats = (values: readonly number[]): Float64Array => Float64Array.from(values);

const numberData = number.map((value): PointData => ({ kind: 'number', value }));
const histogramData = fc
  .tuple(
    fc.uniqueArray(fc.integer({ min: -50, max: 50 }), { maxLength: 6 }),
    fc.array(count, { minLength: 6, maxLength: 6 }),
    number,
  )
  .map(([bounds, counts, sum]): PointData => {
    const sorted = floats(bounds.toSorted((a, b) => a - b));
    const buckets = floats(counts.slice(0, sorted.length));
    return { kind: 'histogram', count: counts.reduce((a, b) => a + b, 0), sum, bounds: sorted, counts: buckets };
  });
const run = fc.tuple(fc.integer({ min: -1000, max: 1000 }), fc.array(fc.nat({ max: 100 }), { maxLength: 20 }));
const nativeData = fc
  .record({
    count,
    sum: number,
    scale: fc.integer({ min: -4, max: 20 }),
    zeroCount: count,
    positive: run,
    negative: run,
  })
  .map(({ positive, negative, ...rest }): PointData => {
    const [p, n] = [positive, negative].map(([offset, counts]) => ({ offset, counts: floats(counts) }));
    return { kind: 'native', zeroThreshold: 1e-128, positive: p!, negative: n!, ...rest };
  });
const summaryData = fc
  .tuple(fc.uniqueArray(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 }), number, count)
  .map(([quantiles, sum, total]): PointData => ({
    kind: 'summary',
    count: total,
    sum,
    quantiles: floats(quantiles.map((quantile) => quantile + 0)),
    values: floats(quantiles.map((_, i) => i)),
  }));
const dataOf: Readonly<Record<FamilyType, fc.Arbitrary<PointData>>> = {
  counter: numberData,
  gauge: numberData,
  unknown: numberData,
  summary: summaryData,
  histogram: fc.oneof(histogramData, nativeData),
};
const exemplar: fc.Arbitrary<ExposedExemplar> = fc.record({
  value: fc.integer({ min: -60, max: 60 }),
  time: fc.nat({ max: 2 ** 31 }),
  labels: fc.constantFrom<readonly Label[]>([], [['trace_id', '0102']]),
});

interface Family extends ExposedFamily {
  readonly all: readonly ExposedSeries[];
}

function families(type: FamilyType): fc.Arbitrary<Family> {
  const labels = fc.uniqueArray(fc.tuple(name, hostile), { selector: ([key]) => key, maxLength: 4 });
  const series = fc.record({
    labels: labels.map((all) => new Uint8Array(encodeLabels(all))),
    data: dataOf[type],
    timeMs: fc.nat({ max: 2 ** 41 }),
    startMs: fc.constantFrom(undefined, 1_700_000_000_123),
    exemplars: fc.array(exemplar, { maxLength: 3 }),
  });
  return fc.record({
    name,
    type: fc.constant(type),
    help: hostile,
    all: fc.array(series, { minLength: 1, maxLength: 3 }),
  });
}
const anyFamily = fc.constantFrom<FamilyType>('counter', 'gauge', 'histogram', 'summary', 'unknown').chain(families);

/** The page, taken in pieces after each series when `inPieces`. */
function written(family: Family, writerOf: (out: PageBuffer) => PageWriter, inPieces: boolean): Buffer {
  const out = new PageBuffer();
  const writer = writerOf(out);
  const pieces: Buffer[] = [];
  writer.family(family);
  for (const series of family.all) {
    writer.series(series);
    if (!inPieces) continue;
    writer.pauseAt?.(0);
    pieces.push(out.take());
  }
  writer.end();
  pieces.push(out.take());
  return Buffer.concat(pieces);
}

/** The samples that a series of a family has in the text formats, by the plainest of rules. */
function expectedSamples({ name: metric }: Family, series: ExposedSeries): Omit<Sample, 'exemplar' | 'time'>[] {
  const labels = labelsOf(series);
  const { data } = series;
  const line = (
    suffix: string,
    value: number,
    more: Record<string, string> = {},
  ): Omit<Sample, 'exemplar' | 'time'> => ({
    name: metric + suffix,
    labels: { ...labels, ...more },
    value: value + 0,
  });
  if (data.kind === 'number') return [line('', data.value)];
  const totals = [line('_sum', data.sum), line('_count', data.count)];
  if (data.kind === 'summary')
    return [...[...data.quantiles].map((q, i) => line('', data.values[i]!, { quantile: `${q}` })), ...totals];
  let sum = 0;
  const buckets =
    data.kind === 'native'
      ? []
      : [...data.bounds].map((b, i) => line('_bucket', (sum += data.counts[i]!), { le: `${b}` }));
  return [...buckets, line('_bucket', data.count, { le: '+Inf' }), ...totals];
}

function labelsOf({ labels }: ExposedSeries): Record<string, string> {
  const all: Record<string, string> = {};
  const bytes = Buffer.from(labels);
  for (let at = 0; at < bytes.length;) {
    const texts = [0, 1].map(() => {
      const from = at + 4;
      at = from + bytes.readUInt32LE(at);
      return bytes.toString('utf8', from, at);
    });
    all[texts[0]!] = texts[1]!;
  }
  return all;
}

/** Labels of numbers are compared as numbers: `1.0` is `1`. */
function comparable({ name: metric, labels, value }: Omit<Sample, 'exemplar' | 'time'>): unknown {
  const own = (key: string): unknown => {
    const text = labels[key];
    return text === undefined || text === '+Inf' ? text : Number(text);
  };
  const { le: _le, quantile: _quantile, ...rest } = labels;
  return [metric, rest, own('le'), own('quantile'), Number.isNaN(value) ? 'NaN' : value];
}

describe('text is read back by an independent reader', () => {
  test.each([false, true])('OpenMetrics: %s', (openMetrics) => {
    fc.assert(
      fc.property(anyFamily, fc.boolean(), fc.boolean(), (family, timestamps, inPieces) => {
        const page = written(
          family,
          (out) => new PageTextWriter(out, { escaping: 'allow-utf-8', timestamps, openMetrics }),
          inPieces,
        );
        const read = parseExposition(page.toString());
        expect(read.ended).toBe(openMetrics);
        expect(Object.values(read.help)).toEqual([family.help]);
        expect(read.samples.map(comparable)).toEqual(
          family.all.flatMap((series) => expectedSamples(family, series)).map(comparable),
        );
        const times = new Set(read.samples.map(({ time }) => time !== undefined));
        expect([...times]).toEqual([timestamps]);
      }),
      { numRuns: 300 },
    );
  });

  test('exemplars stand at the bucket that they fell into, the last one of each', () => {
    fc.assert(
      fc.property(families('histogram'), (family) => {
        const page = written(
          family,
          (out) => new PageTextWriter(out, { escaping: 'allow-utf-8', timestamps: false, openMetrics: true }),
          false,
        );
        const read = parseExposition(page.toString()).samples.filter(({ labels }) => labels['le'] !== undefined);
        let at = 0;
        for (const { data, exemplars } of family.all) {
          const bounds = data.kind === 'histogram' ? [...data.bounds, Infinity] : [Infinity];
          let below = -Infinity;
          for (const bound of bounds) {
            const last = exemplars.findLast(({ value }) => value <= bound && value > below);
            const shown = data.kind === 'histogram' && (last?.labels.length ?? 0) > 0 ? last?.value : undefined;
            expect(read[at++]?.exemplar?.value).toBe(shown);
            below = bound;
          }
        }
      }),
    );
  });

  test('with names that must be replaced no label comes twice, and no value is lost', () => {
    fc.assert(
      fc.property(anyFamily, fc.constantFrom('underscores', 'dots', 'values'), (family, escaping) => {
        const page = written(
          family,
          (out) =>
            new PageTextWriter(out, { escaping: escaping as 'underscores', timestamps: false, openMetrics: false }),
          false,
        );
        // The reader throws for a label that comes twice.
        const { samples } = parseExposition(page.toString());
        const first = samples[0]!;
        const values = Object.values(labelsOf(family.all[0]!));
        for (const value of values)
          expect(Object.values(first.labels).some((shown) => shown.includes(value))).toBe(true);
      }),
    );
  });
});

describe('protobuf is read back by an independent reader', () => {
  const fieldOf: Readonly<Record<FamilyType, number>> = { gauge: 2, counter: 3, summary: 4, unknown: 5, histogram: 7 };
  const typeOf: Readonly<Record<FamilyType, number>> = { counter: 0, gauge: 1, summary: 2, unknown: 3, histogram: 4 };

  test('every name, label, value and bucket', () => {
    fc.assert(
      fc.property(anyFamily, fc.boolean(), (family, inPieces) => {
        const page = written(
          family,
          (out) => new ProtobufWriter(out, { escaping: 'allow-utf-8', timestamps: true }),
          inPieces,
        );
        const messages = delimited(page);
        for (const message of messages)
          expect([textAt(message, 1), textAt(message, 2), integerAt(message, 3)]).toEqual([
            family.name,
            family.help,
            typeOf[family.type],
          ]);
        const metrics = messages.flatMap((message) => messagesAt(message, 4));
        expect(metrics).toHaveLength(family.all.length);
        family.all.forEach((series, i) => {
          const metric = metrics[i]!;
          const labels = messagesAt(metric, 1).map((label) => [textAt(label, 1), textAt(label, 2)]);
          expect(Object.fromEntries(labels)).toEqual(labelsOf(series));
          expect(labels).toHaveLength(Object.keys(labelsOf(series)).length);
          expect(integerAt(metric, 6)).toBe(series.timeMs);
          checkValue(messagesAt(metric, fieldOf[family.type])[0]!, series);
        });
      }),
      { numRuns: 300 },
    );
  });

  function checkValue(value: Fields, { data }: ExposedSeries): void {
    switch (data.kind) {
      case 'number':
        return expect(doubleAt(value, 1)).toEqual(data.value);
      case 'summary':
        expect([integerAt(value, 1), doubleAt(value, 2)]).toEqual([data.count, data.sum]);
        return expect(messagesAt(value, 3).map((one) => [doubleAt(one, 1), doubleAt(one, 2)])).toEqual(
          [...data.quantiles].map((quantile, i) => [quantile, data.values[i]]),
        );
      case 'histogram': {
        expect([integerAt(value, 1), doubleAt(value, 2)]).toEqual([data.count, data.sum]);
        let sum = 0;
        const buckets = messagesAt(value, 3).map((one) => [integerAt(one, 1), doubleAt(one, 2)]);
        const expected = [...data.bounds].map((bound, i) => [(sum += data.counts[i]!), bound]);
        return expect(buckets.filter(([, bound]) => bound !== Infinity)).toEqual(expected);
      }
      case 'native': {
        const shift = Math.max(0, data.scale - 8);
        expect([integerAt(value, 1), doubleAt(value, 2), zigzagAt(value, 5)]).toEqual([
          data.count,
          data.sum,
          data.scale - shift,
        ]);
        expect([doubleAt(value, 6), integerAt(value, 7)]).toEqual([data.zeroThreshold, data.zeroCount]);
        expect(indexes(value, 12)).toEqual(expectedIndexes(data.positive, shift));
        expect(indexes(value, 9)).toEqual(expectedIndexes(data.negative, shift));
      }
    }
  }

  /** Counts by index, from spans and differences. */
  function indexes(value: Fields, field: number): Map<number, number> {
    const found = new Map<number, number>();
    const deltas = varintsAt(value, field + 1).map(zigzag);
    let index = 0;
    let total = 0;
    for (const span of messagesAt(value, field)) {
      index += zigzagAt(span, 1);
      for (let n = integerAt(span, 2); n > 0; n--, index++) {
        total += deltas.shift()!;
        if (total > 0) found.set(index, total);
      }
    }
    expect(deltas).toEqual([]);
    return found;
  }

  function expectedIndexes(
    { offset, counts }: { offset: number; counts: Float64Array },
    shift: number,
  ): Map<number, number> {
    const expected = new Map<number, number>();
    counts.forEach((one, i) => {
      const index = Math.floor((offset + i) / 2 ** shift) + 1;
      if (one > 0) expected.set(index, (expected.get(index) ?? 0) + one);
    });
    return expected;
  }
});

test('a value of a megabyte and half a surrogate pair leave as text that can be read', () => {
  const long = '"\\\n'.repeat(350_000);
  const labels = encodeLabels([
    ['long', long],
    ['half', 'a\uD800b'],
  ]);
  const series: ExposedSeries = {
    labels,
    data: { kind: 'number', value: 1 },
    timeMs: 0,
    startMs: undefined,
    exemplars: [],
  };
  const family: Family = { name: 'big', type: 'gauge', help: 'h', all: [series] };
  const page = written(
    family,
    (out) => new PageTextWriter(out, { escaping: 'underscores', timestamps: false, openMetrics: false }),
    false,
  );
  expect(parseExposition(page.toString()).samples[0]?.labels).toEqual({ long, half: 'a\uFFFDb' });
});
