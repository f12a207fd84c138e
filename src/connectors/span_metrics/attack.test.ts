import { expect, test } from 'vitest';
import { emptyContext } from '../../component/consumer.js';
import { heldBytes } from '../../runtime/memory/held.js';
import { spanMetrics, spansOf } from '../../../test/support/span-metrics.js';

const calls = 'traces.span.metrics.calls';
const overflow = 'otel.metric.overflow=true';
const maxBytes = 512 << 10;

/** An hour of spans, of which each has a new value, beside a service that behaves: memory, counts and the others. */
test.each([
  ['cumulative', { aggregation_temporality: 'AGGREGATION_TEMPORALITY_CUMULATIVE' }],
  ['delta', { aggregation_temporality: 'AGGREGATION_TEMPORALITY_DELTA' }],
])('a new value in every span fills no memory and touches no other service: %s', async (temporality, options) => {
  const before = heldBytes();
  const { connector, clock, flushes, metrics, spanBooks, pointBooks } = await spanMetrics({
    ...options,
    max_series_bytes: maxBytes,
    metrics_flush_interval: '60s',
    exclude_dimensions: ['collector.instance.id'],
    dimensions: [{ name: 'id' }],
    exemplars: { enabled: true },
    histogram: { exponential: { max_size: 160 } },
  });
  const good = { 'service.name': 'good' };
  const bad = { 'service.name': 'bad' };
  let sent = 0;
  const totals = new Map<string, number>();
  // A cumulative series shows all that was counted in it, each time.
  const isDelta = temporality === 'delta';
  const note = (): void => {
    if (!isDelta) totals.clear();
    for (const { resource, metric, attributes, value } of flushes.splice(0).flat()) {
      if (metric !== calls) continue;
      const name = `${resource} ${attributes === overflow ? overflow : /name=(good|bad)/.exec(resource)![1]}`;
      totals.set(name, (totals.get(name) ?? 0) + value);
      expect(attributes === overflow ? resource : 'service.name=bad').toBe('service.name=bad');
    }
  };
  for (let minute = 0; minute < 60; minute++) {
    for (let second = 0; second < 4; second++) {
      // Every other span is of one of 300 series that are there, with a duration that its histogram has not seen.
      const spans = Array.from({ length: 200 }, (_, i) => {
        const number = i % 2 === 0 ? sent + i : (i - 1) * 3 + (second % 3) * 2;
        const ms = i % 2 === 0 ? (i % 100) * 7 + 1 : 2 ** ((minute * 4 + second) / 16);
        return { ms, id: sent + i + 1, attributes: { id: `${number} ${'x'.repeat(number % 50)}` } };
      });
      await connector.consume(spansOf([bad, ...spans]), emptyContext);
      sent += spans.length;
      // The other service has a new route now and then.
      await connector.consume(
        spansOf([good, { name: `route ${minute % 20}`, attributes: { id: 'same' } }]),
        emptyContext,
      );
      await clock.pass(15_000);
    }
    expect(metrics['kanmon_span_metrics_bytes']).toBeLessThan(maxBytes);
    // Buffers are taken in chunks, of which there are a few for each structure.
    expect(heldBytes() - before).toBeLessThan(2 * maxBytes + (1 << 20));
    note();
  }
  // A new series shows its count in its second flush.
  await clock.pass(60_000);
  note();
  expect(metrics['kanmon_span_metrics_overflow_items']).toBeGreaterThan(sent / 8);
  expect(totals.get('service.name=good good')).toBe(240);
  expect((totals.get('service.name=bad bad') ?? 0) + (totals.get(`service.name=bad ${overflow}`) ?? 0)).toBe(sent);
  expect(spanBooks.outItems).toBe(sent + 240);
  expect([spanBooks.balance, pointBooks.balance]).toEqual([0, 0]);
});
