import { afterEach, expect, test } from 'vitest';
import { heldWorld } from '../../../test/support/held-world.js';
import { hostWith } from '../../../test/support/host.js';
import { MetadataServer } from '../../../test/support/metadata-server.js';
import { emptyContext } from '../../component/consumer.js';
import type { Batch } from '../../otlp/batch.js';
import { SpanBuilder } from '../../otlp/build/spans.js';
import { jsonText } from '../../otlp/json/encode.js';
import { config } from './config.js';
import { createResourceDetection, type DescribedMachine } from './resource-detection.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

const deadline = new AbortController().signal;

function processorOf(options: object, machine: DescribedMachine) {
  const world = heldWorld({ id: 'resource_detection' });
  const passed: string[] = [];
  const next = {
    consume: (batch: Batch) => Promise.resolve(void passed.push(jsonText('traces', batch.bytes))),
  };
  const reports: string[] = [];
  const processor = createResourceDetection(config.parse(options), world.context, next, machine);
  stops.push(() => processor.shutdown?.(deadline));
  const span = (attributes: Readonly<Record<string, string>> = {}): Promise<void> => {
    const spans = new SpanBuilder();
    const resource = spans.resource();
    for (const [name, value] of Object.entries(attributes)) resource.attribute(name, value);
    resource.scope('test');
    spans.span('a');
    return processor.consume(spans.finish(), emptyContext);
  };
  const resource = (): Record<string, unknown> => {
    const request = JSON.parse(passed.at(-1) ?? '{}') as {
      resourceSpans: { resource?: { attributes?: { key: string; value: Record<string, unknown> }[] } }[];
    };
    const list = request.resourceSpans[0]?.resource?.attributes ?? [];
    return Object.fromEntries(list.map(({ key, value }) => [key, Object.values(value)[0]]));
  };
  return {
    ...world,
    processor,
    span,
    resource,
    passed,
    reports,
    start: () => processor.start?.(hostWith({}, {}, reports)),
  };
}

const env = { OTEL_RESOURCE_ATTRIBUTES: 'service.name=detected,new=1' };

test.each([
  [true, { 'service.name': 'detected', other: 'x', new: '1' }],
  [false, { 'service.name': 'own', other: 'x', new: '1' }],
])('override %s', async (override, expected) => {
  const { start, span, resource, books } = processorOf({ override }, { env, root: '' });
  await start();
  await span({ 'service.name': 'own', other: 'x' });
  expect(resource()).toEqual(expected);
  expect([books.inItems, books.outItems, books.balance]).toEqual([1, 1, 0]);
});

test('a batch that has all already passes as it is', async () => {
  const world = heldWorld();
  const passed: Batch[] = [];
  const next = { consume: (batch: Batch) => Promise.resolve(void passed.push(batch)) };
  const machine = { env: { OTEL_RESOURCE_ATTRIBUTES: 'a=1' }, root: '' };
  const processor = createResourceDetection(config.parse({}), world.context, next, machine);
  stops.push(() => processor.shutdown?.(deadline));
  await processor.start?.(hostWith());
  const spans = new SpanBuilder();
  spans.resource().attribute('a', '1').scope('test');
  spans.span('a');
  const batch = spans.finish();
  await processor.consume(batch, emptyContext);
  expect(passed[0]).toBe(batch);
});

test('data passes after the timeout without the attributes of a silent service, and with them later', async () => {
  const server = await MetadataServer.start({ '*': { status: 503 } });
  stops.push(() => server.stop());
  const options = { detectors: ['upcloud', 'env'], timeout: '2s', fail_on_missing_metadata: true };
  const reach = (): string => `http://${server.address}`;
  const { start, span, resource, clock, reports, metrics, lines } = processorOf(options, { env, root: '', reach });
  let isStarted = false;
  const started = start()?.then(() => (isStarted = true));
  // The answer has come as well: time that passes before is that of a service that does not answer.
  await expect.poll(() => lines.map(({ message }) => message)).toContain('failed to detect resource, will retry');
  expect(server.asked).toHaveLength(1);
  expect(isStarted).toBe(false);
  await clock.pass(2100);
  await started;
  expect(reports).toEqual([
    expect.stringMatching(/^recoverable_error: upcloud: the metadata of UpCloud unavailable: .*503$/),
  ]);
  await span();
  expect(resource()).toEqual({ 'service.name': 'detected', new: '1' });
  expect(metrics['otelcol_resourcedetection_attributes_detected']).toBe(2);
  server.routes = { '*': { body: { cloud_name: 'upcloud', hostname: 'up-1', instance_id: 'i', region: 'fi' } } };
  await expect
    .poll(async () => {
      // In steps far below the timeout of an attempt, which has the time of some steps for its answer.
      await clock.pass(100);
      return reports.at(-1);
    })
    .toBe('ok');
  await span();
  expect(resource()).toMatchObject({ 'service.name': 'detected', 'host.name': 'up-1', 'cloud.region': 'fi' });
  expect(metrics['otelcol_resourcedetection_attributes_detected']).toBe(6);
});

test('it may end before it starts, and twice', async () => {
  const { processor, start } = processorOf({}, { env, root: '' });
  await processor.shutdown?.(deadline);
  await start();
  await processor.shutdown?.(deadline);
  await processor.shutdown?.(deadline);
});
