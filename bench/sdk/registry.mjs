// The hot path of metrics: one counter that every request adds to, and one histogram, with the labels that the
// recordings demand.
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { Registry } from '../../dist/telemetry/registry.js';
import { Views } from '../../dist/telemetry/views.js';
import { measure } from './measure.mjs';

const labels = { exporter: 'otlp_grpc/backend', 'server.address': 'gateway.example.org', 'server.port': 4317 };
const spec = {
  name: 'otelcol_exporter_sent_spans',
  description: 'Spans.',
  unit: '{span}',
  kind: 'counter',
  level: 'basic',
};
const sizes = [
  10, 25, 50, 75, 100, 250, 500, 750, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10_000, 20_000, 30_000,
  50_000, 100_000,
];

// Without a reader the SDK's instruments do nothing.
class Reader extends MetricReader {
  async onShutdown() {}
  async onForceFlush() {}
}

export async function run() {
  const own = new Registry('detailed', new Views([], 'kanmon', '1')).meter('kanmon');
  const ownCounter = own.counter(spec, labels);
  const ownHistogram = own.histogram({ ...spec, name: 'sizes', kind: 'histogram', boundaries: sizes }, labels);
  const sdk = new MeterProvider({ readers: [new Reader()] }).getMeter('kanmon');
  const sdkCounter = sdk.createCounter('otelcol_exporter_sent_spans', { unit: '{span}' });
  const sdkHistogram = sdk.createHistogram('sizes', { advice: { explicitBucketBoundaries: sizes } });
  // Each way has a loop of its own, so that V8 compiles it for one kind of instrument.
  measure([
    [
      'counter.add, ours',
      (calls) => {
        for (let i = 0; i < calls; i++) ownCounter.add(i & 1023);
      },
    ],
    [
      'counter.add, sdk-metrics',
      (calls) => {
        for (let i = 0; i < calls; i++) sdkCounter.add(i & 1023, labels);
      },
    ],
    [
      'histogram.record, ours',
      (calls) => {
        for (let i = 0; i < calls; i++) ownHistogram.record(i & 1023);
      },
    ],
    [
      'histogram.record, sdk-metrics',
      (calls) => {
        for (let i = 0; i < calls; i++) sdkHistogram.record(i & 1023, labels);
      },
    ],
  ]);
  await afterRemoval();
}

/** A series of an observed metric, such as one of a component that has stopped: whether it is still collected. */
async function afterRemoval() {
  const own = new Registry('detailed', new Views([], 'kanmon', '1'));
  const gauge = { ...spec, name: 'held', kind: 'gauge' };
  own.meter('kanmon').observe(gauge, labels, () => 1)();
  console.log(`series after their removal: ${own.families.get('held').series.size} in ours`);
  const reader = new Reader();
  const instrument = new MeterProvider({ readers: [reader] }).getMeter('kanmon').createObservableGauge('held');
  const callback = (result) => result.observe(1, labels);
  instrument.addCallback(callback);
  await reader.collect();
  instrument.removeCallback(callback);
  const { resourceMetrics } = await reader.collect();
  const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
  console.log(`series after their removal: ${metrics.flatMap((metric) => metric.dataPoints).length} in sdk-metrics`);
}
