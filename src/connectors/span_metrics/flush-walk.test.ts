import { expect, test } from 'vitest';
import { heldWorld } from '../../../test/support/held-world.js';
import { pointsOf, spansOf, type Point } from '../../../test/support/span-metrics.js';
import { config } from './config.js';
import { FlushWalk, type FlushRules } from './flush-walk.js';
import { Overflow } from './overflow.js';
import { planOf } from './plan.js';
import { SpanSeries } from './span-series.js';
import { Walk } from './walk.js';

/** The output of a flush when the resource `late` comes, five milliseconds on, while its first batch is made. */
function flushed(options: object, rules: Partial<FlushRules>): (readonly [string, number, number, number][])[] {
  const { meter, logger } = heldWorld({ id: 'span_metrics' }).context;
  let now = 100;
  const clock = { now: () => now, unixMs: () => now };
  const given = { histogram: { disable: true }, exclude_dimensions: ['collector.instance.id'], ...options };
  const series = new SpanSeries(planOf(config.parse(given), new Set()), [], 1 << 20, 'i');
  const overflow = new Overflow({ series, id: 'span_metrics', meter, logger, now: clock.now });
  const walk = new Walk({ series, overflow, clock, mostResources: 10, limit: 0 });
  const send = (service: string): void => {
    walk.open(spansOf([{ 'service.name': service }, { name: 'op' }]));
    while (walk.step());
    walk.close();
  };
  const flush = (during: () => void): readonly [string, number, number, number][] => {
    const all = { metricsExpiration: 0, seriesExpiration: 0, mostIdle: 1000, isLast: false, ...rules };
    const pieces = new FlushWalk(series, all, clock).next();
    let piece = pieces.next();
    during();
    while (!piece.done) piece = pieces.next();
    const points: Point[] = piece.value ? pointsOf(piece.value) : [];
    return points.map(({ resource, startMs, timeMs, value }) => [resource.slice(13), startMs, timeMs, value]);
  };
  send('soon');
  now = 105;
  const first = flush(() => {
    now = 110;
    send('late');
  });
  now = 120;
  send('late');
  return [first, flush(() => {})];
}

const isLast = true;
const delta = { aggregation_temporality: 'AGGREGATION_TEMPORALITY_DELTA' };

test('a series that begins while a batch is made has no point before its start', () => {
  expect(flushed({}, {})).toEqual([
    [
      ['soon', 100, 105, 0],
      ['late', 110, 110, 0],
    ],
    [
      ['soon', 100, 120, 1],
      ['late', 110, 120, 2],
    ],
  ]);
});

test('a 0 that would have the time of the last count is left out', () => {
  expect(flushed({}, { isLast })[0]).toEqual([
    ['soon', 100, 100, 0],
    ['soon', 100, 105, 1],
    ['late', 110, 110, 1],
  ]);
});

test('an interval of a delta metric begins where the one before ends', () => {
  expect(flushed(delta, {})).toEqual([
    [
      ['soon', 100, 105, 1],
      ['late', 110, 110, 1],
    ],
    [['late', 110, 120, 1]],
  ]);
});
