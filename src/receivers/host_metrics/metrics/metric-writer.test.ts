import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MetricBuilder } from '../../../otlp/build/metrics.js';
import { protoToJson } from '../../../otlp/json/encode.js';
import { writtenForms, type Conventions } from './conventions.js';
import type { MetricFacts } from './host-metric.js';
import { MetricWriter } from './metric-writer.js';

const facts: MetricFacts = {
  name: 'm',
  unit: '1',
  description: '',
  kind: 'counter',
  number: 'int',
  attributes: ['a', 'b'],
  on: true,
};

type Point = readonly [value: number, a: string, b: string];

/** The points that are written, as text. */
function written(
  points: readonly Point[],
  attributes: readonly string[],
  strategy: string,
  given: MetricFacts = facts,
  conventions: Conventions = 'older',
): string[] {
  const builder = new MetricBuilder();
  let opened = 0;
  const target = {
    builder,
    now: 2,
    start: 1,
    open: () => {
      if (opened++ === 0) builder.resource().scope('s');
    },
  };
  for (const form of writtenForms(given, conventions)) {
    const options = { enabled: true, attributes, aggregation_strategy: strategy };
    const writer = new MetricWriter(form, given.attributes, options, target);
    for (const [value, a, b] of points) writer.add(value, a, b);
    writer.end();
  }
  if (opened === 0) return [];
  const { resourceMetrics } = JSON.parse(Buffer.from(protoToJson('metrics', builder.finish().bytes)).toString()) as {
    resourceMetrics: {
      scopeMetrics: {
        metrics: {
          name: string;
          sum: {
            dataPoints: {
              asInt: string;
              attributes?: { key: string; value: { stringValue: string } }[];
            }[];
          };
        }[];
      }[];
    }[];
  };
  return resourceMetrics.flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap(({ name, sum }) =>
        sum.dataPoints.map(
          ({ asInt, attributes: own = [] }) =>
            `${name} ${own.map(({ key, value }) => `${key}=${value.stringValue ?? ''}`).join()} ${asInt}`,
        ),
      ),
    ),
  );
}

const join = {
  sum: (values: readonly number[]) => values.reduce((total, value) => total + value, 0),
  avg: (values: readonly number[]) => Math.trunc(values.reduce((total, value) => total + value, 0) / values.length),
  min: (values: readonly number[]) => Math.min(...values),
  max: (values: readonly number[]) => Math.max(...values),
};

test('points that become alike are joined, whatever is kept', () => {
  const name = fc.constantFrom('x', 'y', 'z');
  const point = fc.tuple(fc.integer({ min: 0, max: 1e9 }), name, name);
  fc.assert(
    fc.property(
      fc.array(point),
      fc.subarray(['a', 'b']),
      fc.constantFrom('sum', 'avg', 'min', 'max'),
      (points, kept, strategy) => {
        if (kept.length === 2) return;
        const groups = new Map<string, number[]>();
        for (const [value, a, b] of points) {
          const key = kept.map((one) => `${one}=${one === 'a' ? a : b}`).join();
          groups.set(key, [...(groups.get(key) ?? []), value]);
        }
        expect(written(points, kept, strategy)).toEqual(
          [...groups].map(([key, values]) => `m ${key} ${join[strategy](values)}`),
        );
      },
    ),
  );
});

test('with all attributes points stay as they are', () => {
  expect(
    written(
      [
        [1, 'x', 'y'],
        [2, 'x', 'y'],
      ],
      ['b', 'a'],
      'sum',
    ),
  ).toEqual(['m a=x,b=y 1', 'm a=x,b=y 2']);
});

test('without a point there is no metric', () => {
  expect(written([], ['a', 'b'], 'sum')).toEqual([]);
});

test('sums that outgrow a double are exact, and wrap beyond 64 bits', () => {
  const big = { ...facts, attributes: [] };
  expect(
    written(
      [
        [2 ** 53 - 1, '', ''],
        [2 ** 53 - 1, '', ''],
      ],
      [],
      'sum',
      { ...facts },
    ),
  ).toEqual([`m  ${2n ** 54n - 2n}`]);
  expect(written([[1, '', '']], [], 'sum', big)).toEqual(['m  1']);
});

test.each<[Conventions, string[]]>([
  ['older', ['m a=wait 1']],
  ['both', ['m a.mode=iowait,a=wait 1']],
  ['next', ['m a.mode=iowait 1']],
])('conventions: %s', (conventions, expected) => {
  const given: MetricFacts = {
    ...facts,
    attributes: ['a'],
    next: { attribute: 'a.mode', values: { wait: 'iowait' } },
  };
  expect(written([[1, 'wait', '']], ['a'], 'sum', given, conventions)).toEqual(expected);
});

test('a metric with a newer name is there under both', () => {
  const given: MetricFacts = { ...facts, attributes: [], next: { name: 'n' } };
  expect(written([[1, '', '']], [], 'sum', given, 'both')).toEqual(['m  1', 'n  1']);
});
