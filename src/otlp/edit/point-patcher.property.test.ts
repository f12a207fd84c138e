import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arbitraryOtlp } from '../../../test/support/arbitrary-otlp.js';
import { pointMasks, writeStart } from '../build/point-fields.js';
import { BatchCursor } from '../view/batch-cursor.js';
import { MetricView } from '../view/metric.js';
import { validate } from '../wire/validate.js';
import { resultAtOnce } from '../work.js';
import type { Batch } from '../batch.js';
import { PointPatcher } from './point-patcher.js';

/** The parts of a batch's points that are compared: the names of their metrics, their times, and their attributes. */
function seen(batch: Batch): string[] {
  const points: string[] = [];
  const cursor = new BatchCursor(new MetricView());
  for (cursor.open(batch); cursor.next();)
    for (const point = cursor.item.points(); point.next();) {
      let attributes = 0;
      for (const attribute = point.attributes(); attribute.next();) attributes++;
      const start = point.startTimeUnixNano.toBigInt();
      points.push(`${cursor.item.name.toString()} ${start} ${point.timeUnixNano.toBigInt()} ${attributes}`);
    }
  return points;
}

const patcher = new PointPatcher();

test('points are left out and changed, and all others stay as they are', () => {
  fc.assert(
    fc.property(arbitraryOtlp('metrics'), fc.infiniteStream(fc.nat(3)), (bytes, choices) => {
      const batch = validate('metrics', bytes);
      const before = seen(batch);
      expect(before).toHaveLength(batch.itemCount);
      patcher.open(batch);
      const expected: string[] = [];
      const order = before.map((point, unit) => [unit, point, choices.next().value] as const);
      for (const [unit, point, choice] of order.toReversed()) {
        if (choice === 0) patcher.removePoint(unit);
        if (choice === 1) {
          writeStart(patcher.patch(unit, pointMasks.start), 77, 0);
          patcher.patched(unit);
        }
        if (choice === 1) expected.unshift(point.replace(/^(.*) \d+ (\d+ \d+)$/s, '$1 77 $2'));
        else if (choice > 1) expected.unshift(point);
      }
      const changed = resultAtOnce(patcher.finishing());
      expect(changed.itemCount).toBe(expected.length);
      expect(seen(validate('metrics', changed.bytes))).toEqual(expected);
      if (order.every(([, , choice]) => choice > 1)) expect(changed).toBe(batch);
    }),
  );
});

test('a temporality is set once, and a metric without points goes with its scope and resource', () => {
  fc.assert(
    fc.property(arbitraryOtlp('metrics'), (bytes) => {
      const batch = validate('metrics', bytes);
      const cursor = new BatchCursor(new MetricView());
      patcher.open(batch);
      const temporal = ['sum', 'histogram', 'exponentialHistogram'];
      for (cursor.open(batch); cursor.next();) {
        if (temporal.includes(cursor.item.type)) patcher.setTemporality(cursor.itemRow, 1);
        else for (let unit = 0; unit < cursor.units; unit++) patcher.removePoint(cursor.unit + unit);
      }
      const changed = validate('metrics', resultAtOnce(patcher.finishing()).bytes);
      for (cursor.open(changed); cursor.next();)
        if (temporal.includes(cursor.item.type)) expect(cursor.item.aggregationTemporality).toBe(1);
        else expect(cursor.units).toBe(0);
    }),
  );
});
