import fc from 'fast-check';
import { expect, test } from 'vitest';
import { metricsBatch, point, resource, type Json } from '../../test/support/metrics.js';
import { BatchCursor } from '../otlp/view/batch-cursor.js';
import { MetricView } from '../otlp/view/metric.js';
import { isTooLarge, mostPointBytes } from './point-bound.js';

const kinds: Readonly<Record<string, (parts: number) => Json>> = {
  histogram: (parts) => ({ explicitBounds: Array.from({ length: parts }, (_, i) => i), bucketCounts: [] }),
  // The least bytes that a quantile can have.
  summary: (parts) => ({ quantileValues: Array.from({ length: parts }, () => ({})) }),
};

test.each(Object.keys(kinds))('a %s is too large from the first part on that is too many', (kind) => {
  fc.assert(
    fc.property(fc.integer({ min: 20_000, max: mostPointBytes / 2 }), fc.integer({ min: -3, max: 3 }), (bytes, by) => {
      const fits = Math.floor(mostPointBytes / (bytes + 32)) - 3;
      const parts = Math.max(0, fits + by);
      const dataPoints = [{ ...point(0, 60), asDouble: undefined, ...kinds[kind]?.(parts) }];
      const cursor = new BatchCursor(new MetricView()).open(
        metricsBatch(resource({}, { name: 'a', [kind]: { dataPoints } })),
      );
      cursor.next();
      const points = cursor.item.points();
      points.next();
      expect(isTooLarge(points, bytes)).toBe(parts > fits);
    }),
  );
});
