import { expect, test } from 'vitest';
import { emptyContext } from '../../component/consumer.js';
import { SpanBuilder } from '../../otlp/build/spans.js';
import type { Batch } from '../../otlp/batch.js';
import { spanMetrics } from '../../../test/support/span-metrics.js';

/** Spans of one measurement: so many that what a batch takes counts for little. */
const spansOfBatch = 40_000;
/** An object takes at least 16 bytes. */
const boundPerSpan = 4;

/** Spans of 40 series, with durations that differ. */
function batch(): Batch {
  const builder = new SpanBuilder();
  builder.resource().attribute('service.name', 'shop').scope('test');
  for (let i = 0; i < spansOfBatch; i++)
    builder
      .span(`GET /items/${i % 4}`, 'server')
      .ids((i + 1).toString(16).padStart(32, '0'), (i + 1).toString(16).padStart(16, '0'))
      .times(1_700_000_000_000, 1_700_000_000_000 + (i % 977))
      .attribute('route', `/items/${i % 10}`)
      .attribute('status', 200 + (i % 2))
      .attribute('cached', i % 2 === 0)
      .status(i % 2 === 0 ? 'ok' : 'error');
  return builder.finish();
}

const items = batch();

/** Bytes that one span takes in several measurements, the smallest first: a collection may fall into some. */
async function measuredBytes(work: () => unknown): Promise<readonly number[]> {
  const growths: number[] = [];
  for (let i = 0; i < 5; i++) {
    const before = process.memoryUsage().heapUsed;
    await work();
    growths.push((process.memoryUsage().heapUsed - before) / spansOfBatch);
  }
  return growths.sort((a, b) => a - b);
}

const median = (sorted: readonly number[]): number => sorted[sorted.length >> 1] ?? NaN;

test.each([
  ['explicit histograms', {}],
  ['exponential histograms', { histogram: { exponential: { max_size: 160 } } }],
  ['changes', { aggregation_temporality: 'AGGREGATION_TEMPORALITY_DELTA' }],
  ['exemplars', { exemplars: { enabled: true } }],
])('a span creates no object once its series exists: %s', async (_name, options) => {
  const { connector, spanBooks } = await spanMetrics({
    dimensions: [{ name: 'route' }, { name: 'status' }, { name: 'cached' }, { name: 'none', default: 'x' }],
    ...options,
  });
  // The engine compiles beside the program, on a busy machine late: a measurement above the bound is made again.
  let bytes = Infinity;
  let batches = 0;
  for (let attempt = 0; attempt < 12 && bytes >= boundPerSpan; attempt++) {
    const measured = await measuredBytes(() => {
      batches++;
      return connector.consume(items, emptyContext);
    });
    bytes = median(measured);
  }
  expect(bytes).toBeLessThan(boundPerSpan);
  expect(spanBooks.outItems).toBe(batches * spansOfBatch);
});

test('the measurement finds an object for each span', async () => {
  const kept: object[][] = [];
  const measured = await measuredBytes(() => kept.push(Array.from({ length: spansOfBatch }, (_, i) => ({ i }))));
  expect(median(measured)).toBeGreaterThan(boundPerSpan);
});
