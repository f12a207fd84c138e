import { expect, test } from 'vitest';
import { heldWorld } from '../../../test/support/held-world.js';
import { emptyContext } from '../../component/consumer.js';
import { Batch } from '../../otlp/batch.js';
import { LogBuilder } from '../../otlp/build/logs.js';
import { MetricBuilder } from '../../otlp/build/metrics.js';
import { SpanBuilder } from '../../otlp/build/spans.js';
import { jsonText } from '../../otlp/json/encode.js';
import type { Signal } from '../../otlp/signal.js';
import { config } from './config.js';
import { createGroupByAttrs } from './group-by-attrs.js';

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}
interface Shown {
  readonly name?: string;
  readonly attributes?: readonly Attribute[];
  readonly [field: string]: unknown;
}

const attributesOf = ({ attributes = [] }: Shown): string =>
  attributes.map(({ key, value }) => `${key}=${Object.values(value).join()}`).join(' ');

/** A batch as lines: a resource, its scopes and their items, each with its attributes. */
function lines(batch: Batch): string[] {
  const all: string[] = [];
  const request = JSON.parse(jsonText(batch.signal, batch.bytes)) as Record<string, never>;
  const visit = (name: string, one: Shown, depth: number): void => {
    const inner = (one['resource'] ?? one['scope']) as Shown | undefined;
    const label = inner?.name ?? one.name ?? '';
    all.push(`${'  '.repeat(depth)}${name} ${[label, attributesOf(inner ?? one)].filter(Boolean).join(' ')}`.trimEnd());
    const data = (one['gauge'] ?? one['sum'] ?? one) as Record<string, readonly Shown[]>;
    for (const field of ['scopeSpans', 'scopeLogs', 'scopeMetrics', 'spans', 'logRecords', 'metrics', 'dataPoints'])
      for (const each of data[field] ?? []) visit(field, each, depth + 1);
  };
  for (const [name, resources] of Object.entries(request))
    for (const resource of resources as readonly Shown[]) visit(name, resource, 0);
  return all;
}

/** A processor, what it has handed on, and its world. */
function grouping(keys: readonly string[], signal: Signal) {
  const world = heldWorld({ signal });
  const passed: Batch[] = [];
  const shown: string[][] = [];
  const next = {
    consume: (batch: Batch): Promise<void> => {
      passed.push(batch);
      shown.push(batch.itemCount > 1000 ? [`${batch.index.resourceCount} resources`] : lines(batch));
      return Promise.resolve();
    },
  };
  return { processor: createGroupByAttrs(config.parse({ keys }), world.context, next), passed, shown, ...world };
}

test('data points move to the resource of their host, and metrics that are alike become one', async () => {
  const metrics = new MetricBuilder();
  metrics.resource().attribute('host.name', 'localhost').attribute('source', 'prom').scope('');
  for (let twice = 0; twice < 2; twice++) {
    metrics.metric('gauge-1').gauge();
    for (const host of ['host-A', 'host-A', 'host-B'])
      metrics.point(1).attribute('host.name', host).attribute('id', 'eth0');
  }
  metrics.metric('mixed').gauge().point(1).attribute('id', 'eth0').attribute('host.name', 'host-A');
  metrics.metric('mixed').sum('delta', true).point(1).attribute('host.name', 'host-A');
  metrics.metric('stays').gauge().point(1).attribute('id', 'eth0');
  const { processor, shown, books, metrics: own } = grouping(['host.name'], 'metrics');
  await processor.consume(metrics.finish(), emptyContext);
  const points = (count: number, attributes: string): string[] =>
    new Array<string>(count).fill(`      dataPoints ${attributes}`.trimEnd());
  expect(shown).toEqual([
    [
      'resourceMetrics source=prom host.name=host-A',
      '  scopeMetrics',
      '    metrics gauge-1',
      ...points(4, 'id=eth0'),
      '    metrics mixed',
      ...points(1, 'id=eth0'),
      '    metrics mixed',
      ...points(1, ''),
      'resourceMetrics source=prom host.name=host-B',
      '  scopeMetrics',
      '    metrics gauge-1',
      ...points(2, 'id=eth0'),
      'resourceMetrics host.name=localhost source=prom',
      '  scopeMetrics',
      '    metrics stays',
      ...points(1, 'id=eth0'),
    ],
  ]);
  expect(books).toMatchObject({ inItems: 9, outItems: 9, balance: 0 });
  expect(own).toEqual({
    otelcol_processor_groupbyattrs_num_grouped_metrics: 8,
    otelcol_processor_groupbyattrs_num_non_grouped_metrics: 1,
    otelcol_processor_groupbyattrs_metric_groups: 3,
  });
});

test('without keys what is alike becomes one, in whatever order attributes are', async () => {
  const spans = new SpanBuilder();
  spans.resource().attribute('a', 1).attribute('b', 2).scope('mine').span('1').scope('other').span('2');
  spans.resource().attribute('b', 2).attribute('a', 1).scope('mine').span('3');
  spans.resource().attribute('a', 1).scope('mine').span('4');
  spans.resource('schema').attribute('a', 1).scope('mine').span('5');
  const { processor, shown } = grouping([], 'traces');
  await processor.consume(spans.finish(), emptyContext);
  expect(shown).toEqual([
    [
      'resourceSpans a=1 b=2',
      '  scopeSpans mine',
      '    spans 1',
      '    spans 3',
      '  scopeSpans other',
      '    spans 2',
      'resourceSpans a=1',
      '  scopeSpans mine',
      '    spans 4',
      'resourceSpans a=1',
      '  scopeSpans mine',
      '    spans 5',
    ],
  ]);
});

test('a record moves with the keys that it has; of one that is there twice the first counts', async () => {
  const logs = new LogBuilder();
  logs.resource().attribute('host', 'x').scope('s');
  logs.record(1).body('one').attribute('host', 'a').attribute('host', 'b').attribute('pod', 'p');
  logs.record(2).body('two').attribute('host', 'x').attribute('kept', true);
  logs.record(3).body('three');
  const { processor, shown, metrics } = grouping(['host', 'pod', 'host'], 'logs');
  await processor.consume(logs.finish(), emptyContext);
  expect(shown).toEqual([
    [
      'resourceLogs host=a pod=p',
      '  scopeLogs s',
      '    logRecords',
      'resourceLogs host=x',
      '  scopeLogs s',
      '    logRecords kept=true',
      '    logRecords',
    ],
  ]);
  expect(metrics).toMatchObject({ otelcol_processor_groupbyattrs_num_grouped_logs: 2 });
});

test('an item that moves behind the last byte of the batch is not taken for a part of it', async () => {
  const logs = new LogBuilder();
  logs.resource().attribute('host', 'x').scope('');
  logs.record(1).attribute('a', 1).attribute('host', 'x');
  logs.record(2).attribute('a', 2);
  logs.resource().attribute('host', 'x').scope('').record(3).attribute('host', 'x');
  const { processor, shown } = grouping(['host'], 'logs');
  await processor.consume(logs.finish(), emptyContext);
  expect(shown[0]?.slice(2)).toEqual(['    logRecords a=1', '    logRecords a=2', '    logRecords']);
});

test('a batch in which nothing moves and nothing is alike goes on as it is', async () => {
  const spans = new SpanBuilder();
  spans.resource().attribute('a', 1).scope('x').span('1').attribute('b', 1).scope('y').span('2');
  spans.resource().scope('x').span('3');
  const batch = spans.finish();
  const { processor, passed, metrics } = grouping(['host'], 'traces');
  await processor.consume(batch, emptyContext);
  expect(passed[0]).toBe(batch);
  expect(metrics).toEqual({
    otelcol_processor_groupbyattrs_num_non_grouped_spans: 3,
    otelcol_processor_groupbyattrs_span_groups: 2,
  });
});

test('a large batch is grouped in turns as a small one is', async () => {
  const logs = new LogBuilder();
  logs.resource().scope('s');
  for (let i = 0; i < 150_000; i++) logs.record(1).attribute('host', `h${i % 3}`);
  const { processor, passed, shown, books } = grouping(['host'], 'logs');
  await processor.consume(logs.finish(), emptyContext);
  expect(passed[0]?.itemCount).toBe(150_000);
  expect(shown).toEqual([['3 resources']]);
  expect(books).toMatchObject({ inItems: 150_000, outItems: 150_000, balance: 0 });
});

test('a batch whose groups would take many times its memory is refused', async () => {
  const logs = new LogBuilder();
  logs
    .resource()
    .attribute('large', 'x'.repeat(1 << 20))
    .scope('s');
  for (let i = 0; i < 100; i++) logs.record(1).attribute('host', i);
  const { processor, passed, books } = grouping(['host'], 'logs');
  await expect(processor.consume(logs.finish(), emptyContext)).rejects.toThrow(
    'the groups of 100 items would repeat more than 64 MiB of resources, scopes and metrics',
  );
  expect(passed).toEqual([]);
  expect(books).toMatchObject({ inItems: 100, returnedItems: { groups_too_large: 100 }, balance: 0 });
});

test('an empty key is refused with its place', () => {
  const { error } = config.safeParse({ keys: ['a', ''] });
  expect(error?.issues.map(({ path, message }) => [path, message])).toEqual([
    [['keys', 1], 'the name of an attribute must not be empty'],
  ]);
});
