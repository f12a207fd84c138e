import { expect, test } from 'vitest';
import { heldWorld } from '../../../test/support/held-world.js';
import { emptyContext } from '../../component/consumer.js';
import type { Batch } from '../../otlp/batch.js';
import { MetricBuilder } from '../../otlp/build/metrics.js';
import { jsonText } from '../../otlp/json/encode.js';
import { validate } from '../../otlp/wire/validate.js';
import { config } from './config.js';
import { createMetricsTransform } from './metrics-transform.js';

type Json = Record<string, unknown>;
const list = (value: unknown): Json[] => (value ?? []) as Json[];
const labels = (one: Json): string =>
  list(one['attributes'])
    .map(({ key, value }) => `${key as string}=${Object.values(value as Json).join()}`)
    .join(',');

/** A batch as lines: resources with attributes, metrics, and points as labels and values. */
function lines(batch: Batch): string[] {
  const request = JSON.parse(jsonText('metrics', batch.bytes)) as Json;
  return list(request['resourceMetrics']).flatMap((resource) => [
    `resource ${labels((resource['resource'] ?? {}) as Json)}`.trimEnd(),
    ...list(resource['scopeMetrics']).flatMap((scope) =>
      list(scope['metrics']).flatMap((metric) => {
        const [type, data] = Object.entries(metric).find(([name]) => /gauge|sum|histogram|summary/i.test(name)) ?? [];
        return [
          `${metric['name'] as string} ${type ?? ''}`,
          ...list((data as Json | undefined)?.['dataPoints']).map((point) => {
            const { asInt, asDouble, sum, count, bucketCounts, explicitBounds, positive } = point;
            const buckets = bucketCounts
              ? ` [${String(bucketCounts as string[])}] (${String(explicitBounds as number[])})`
              : '';
            const more = positive ? ` ${JSON.stringify(positive)}` : '';
            const value =
              asInt ??
              (asDouble === undefined ? undefined : `${asDouble as number}.`) ??
              `${count as string}/${sum as number}`;
            return `  {${labels(point)}} ${value as string}${buckets}${more}`;
          }),
        ];
      }),
    ),
  ]);
}

function transforming(...transforms: readonly object[]) {
  const world = heldWorld({ signal: 'metrics' });
  const passed: Batch[] = [];
  const shown: string[][] = [];
  const next = {
    consume: (batch: Batch): Promise<void> => {
      passed.push(batch);
      expect(validate('metrics', batch.bytes).itemCount).toBe(batch.itemCount);
      shown.push(batch.itemCount > 1000 ? [] : lines(batch));
      return Promise.resolve();
    },
  };
  const processor = createMetricsTransform(config.parse({ transforms }), world.context, next);
  return { processor, passed, shown, ...world };
}

/** The result of one transform of a batch, in a resource without attributes. */
async function made(batch: Batch, ...transforms: readonly object[]): Promise<string[]> {
  const { processor, shown, books } = transforming(...transforms);
  await processor.consume(batch, emptyContext);
  expect(books.balance).toBe(0);
  return (shown[0] ?? []).filter((line) => line !== 'resource');
}

function cpu(): Batch {
  const metrics = new MetricBuilder();
  metrics.resource().scope('s').metric('cpu', 's').sum('cumulative', true);
  for (const [core, state, value] of [
    ['0', 'user', 1],
    ['0', 'system', 2],
    ['1', 'user', 3],
    ['1', 'idle', 4],
  ] as const)
    metrics.point(9).start(1).int(value).attribute('core', core).attribute('state', state);
  metrics.metric('load').gauge().point(9).double(0.5);
  return metrics.finish();
}
const load = ['load gauge', '  {} 0.5.'];

test('update renames, by text or by the groups of a pattern', async () => {
  expect((await made(cpu(), { include: 'cpu', action: 'update', new_name: 'cpu.time' }))[0]).toBe('cpu.time sum');
  const renamed = { match_type: 'regexp', action: 'update' };
  expect((await made(cpu(), { ...renamed, include: '^(c)(?P<rest>.*)$', new_name: 'x.${rest}.$1' }))[0]).toBe(
    'x.pu.c sum',
  );
  // The whole name is replaced, as in the Collector, also when the pattern matches a part.
  expect((await made(cpu(), { ...renamed, include: 'p', new_name: 'q' }))[0]).toBe('q sum');
});

test('labels are added, renamed, and their values replaced', async () => {
  const operations = [
    { action: 'add_label', new_label: 'v', new_value: 'kanmon {{version}}' },
    { action: 'update_label', label: 'state', new_label: 'mode', value_actions: [{ value: 'idle', new_value: '-' }] },
    { action: 'delete_label_value', label: 'core', label_value: '0' },
  ];
  expect(await made(cpu(), { include: 'cpu', action: 'update', operations })).toEqual([
    'cpu sum',
    '  {core=1,mode=user,v=kanmon 0} 3',
    '  {core=1,mode=-,v=kanmon 0} 4',
    ...load,
  ]);
});

test('values change their type and are scaled', async () => {
  const toggle = { action: 'toggle_scalar_data_type' };
  const scale = { action: 'experimental_scale_value', experimental_scale: 1000 };
  const all = { include: '.', match_type: 'regexp', action: 'update' };
  expect(await made(cpu(), { ...all, operations: [toggle] })).toEqual(
    expect.arrayContaining(['  {core=0,state=user} 1.', '  {} 0']),
  );
  expect(await made(cpu(), { ...all, operations: [scale] })).toEqual(
    expect.arrayContaining(['  {core=0,state=user} 1000', '  {} 500.']),
  );
});

test.each([
  ['sum', '4', '3', '3'],
  ['mean', '2', '2', '1'],
  ['min', '1', '2', '1'],
  ['max', '3', '4', '2'],
  ['count', '2', '1', '2'],
  ['median', '2', '3', '1'],
])('points without other labels are merged: %s', async (aggregation_type, user) => {
  const operations = [{ action: 'aggregate_labels', label_set: ['state'], aggregation_type }];
  const { processor, shown, books } = transforming({ include: 'cpu', action: 'update', operations });
  await processor.consume(cpu(), emptyContext);
  expect(shown[0]?.[2]).toBe(`  {state=user} ${user}`);
  expect(books).toMatchObject({ inItems: 5, outItems: 4, droppedItems: { aggregated: 1 }, balance: 0 });
});

test('label values become one, ints beyond 53 bits exactly; points of other times stay apart', async () => {
  const metrics = new MetricBuilder();
  metrics.resource().scope('s').metric('memory').gauge();
  for (const [state, value, time] of [
    ['a', 2n ** 62n, 1],
    ['b', 1n, 1],
    ['c', 5n, 1],
    ['b', 7n, 2],
  ] as const)
    metrics.point(time).int(value).attribute('state', state);
  const operations = [
    {
      action: 'aggregate_label_values',
      label: 'state',
      aggregated_values: ['a', 'b'],
      new_value: 'ab',
      aggregation_type: 'sum',
    },
  ];
  expect(await made(metrics.finish(), { include: 'memory', action: 'update', operations })).toEqual([
    'memory gauge',
    '  {state=ab} 4611686018427387905',
    '  {state=c} 5',
    '  {state=ab} 7',
  ]);
});

test('histograms are added when their bounds are equal, and stay apart when not', async () => {
  const metrics = new MetricBuilder();
  metrics.resource().scope('s').metric('h').histogram('delta');
  metrics.point(1).totals(3, 1.5).buckets([1, 2], [1, 1, 1]).attribute('a', 1);
  metrics.point(1).totals(5, 2.5).buckets([1, 2], [5, 0, 0]).attribute('a', 2);
  metrics.point(1).totals(1, 1).buckets([1, 3], [1, 0, 0]).attribute('a', 3);
  metrics.metric('e').exponentialHistogram('delta');
  for (const offset of [3, 1])
    metrics.point(1).totals(3, 1.5).scale(0, 0).positive(offset, [1, 2]).attribute('a', offset);
  const operations = [{ action: 'aggregate_labels', label_set: [], aggregation_type: 'sum' }];
  expect(await made(metrics.finish(), { include: '.', match_type: 'regexp', action: 'update', operations })).toEqual([
    'h histogram',
    '  {} 8/4 [6,1,1] (1,2)',
    '  {} 1/1 [1,0,0] (1,3)',
    'e exponentialHistogram',
    '  {} 6/3 {"offset":1,"bucketCounts":["1","2","1","2"]}',
  ]);
});

test('insert leaves the metric and changes a copy, of the points with some labels', async () => {
  const insert = {
    include: 'cpu',
    action: 'insert',
    new_name: 'cpu.user',
    experimental_match_labels: { state: 'user' },
  };
  const { processor, shown, books } = transforming(insert);
  await processor.consume(cpu(), emptyContext);
  expect(shown[0]?.slice(-3)).toEqual(['cpu.user sum', '  {core=0,state=user} 1', '  {core=1,state=user} 3']);
  // Books of a test add what was created to what came in.
  expect(books).toMatchObject({ inItems: 7, outItems: 7, balance: 0 });
});

test('update of some points changes their values, and not what is of the metric as a whole', async () => {
  const operations = [
    { action: 'update_label', label: 'state', new_label: 'mode' },
    { action: 'add_label', new_label: 'x', new_value: 'y' },
    // The same points, though they do not have the label any more.
    { action: 'experimental_scale_value', experimental_scale: 2.5 },
  ];
  const some = { include: 'cpu', action: 'update', new_name: 'z', experimental_match_labels: { state: 'idle' } };
  expect((await made(cpu(), { ...some, operations })).slice(0, 5)).toEqual([
    'cpu sum',
    '  {core=0,state=user} 1',
    '  {core=0,state=system} 2',
    '  {core=1,state=user} 3',
    '  {core=1,mode=idle} 10',
  ]);
});

test('combine makes one metric of all, with labels of the groups of the pattern', async () => {
  const metrics = new MetricBuilder();
  metrics.resource().scope('s');
  for (const method of ['Get', 'Post'])
    metrics.metric(`Total ${method} Requests`).sum('cumulative', true).point(1).int(method.length);
  const combine = {
    include: '^Total (?P<http_method>.*) Requests$',
    match_type: 'regexp',
    action: 'combine',
    new_name: 'requests',
    submatch_case: 'lower',
  };
  expect(await made(metrics.finish(), combine)).toEqual([
    'requests sum',
    '  {http_method=get} 3',
    '  {http_method=post} 4',
  ]);
});

test('metrics that differ in type are not combined; the log says so once', async () => {
  const combine = { include: '.', match_type: 'regexp', action: 'combine', new_name: 'all' };
  const { processor, passed, lines: log } = transforming(combine);
  const batch = cpu();
  await processor.consume(batch, emptyContext);
  expect(passed[0]).toBe(batch);
  await processor.consume(cpu(), emptyContext);
  expect(log.map(({ fields }) => fields?.['error'])).toEqual(['metrics of different types cannot be combined']);
});

test('group moves metrics to a resource with further attributes', async () => {
  const metrics = new MetricBuilder();
  metrics.resource().attribute('host', 'a').attribute('source', 'old').scope('s');
  for (const name of ['k8s.pod.x', 'container.y', 'other']) metrics.metric(name).gauge().point(1).int(1);
  const { processor, shown } = transforming(
    { include: '^k8s', match_type: 'regexp', action: 'group', group_resource_labels: { type: 'pod', source: 'k' } },
    { include: '^cont', match_type: 'regexp', action: 'group', group_resource_labels: { type: 'container' } },
  );
  await processor.consume(metrics.finish(), emptyContext);
  expect(shown[0]).toEqual([
    'resource host=a,source=old',
    'other gauge',
    '  {} 1',
    'resource host=a,type=pod,source=k',
    'k8s.pod.x gauge',
    '  {} 1',
    'resource host=a,source=old,type=container',
    'container.y gauge',
    '  {} 1',
  ]);
});

test('a batch that no transform is about, or changes, goes on as it is', async () => {
  for (const transform of [
    { include: 'none', action: 'update', new_name: 'x' },
    { include: 'cpu', action: 'update', new_name: 'cpu' },
    { include: 'cpu', action: 'update', operations: [{ action: 'update_label', label: 'none', new_label: 'x' }] },
  ]) {
    const { processor, passed } = transforming(transform);
    const batch = cpu();
    await processor.consume(batch, emptyContext);
    expect(passed[0]).toBe(batch);
  }
});

test('a metric that loses all points goes, and a batch that does is not handed on', async () => {
  const metrics = new MetricBuilder();
  metrics.resource().scope('s').metric('a').gauge().point(1).int(1).attribute('x', 'y');
  const operations = [{ action: 'delete_label_value', label: 'x', label_value: 'y' }];
  const { processor, passed, books } = transforming({ include: 'a', action: 'update', operations });
  await processor.consume(metrics.finish(), emptyContext);
  expect(passed).toEqual([]);
  expect(books).toMatchObject({ inItems: 1, droppedItems: { label_value_deleted: 1 }, balance: 0 });
});

test('a large batch is changed in turns as a small one is', async () => {
  const metrics = new MetricBuilder();
  metrics.resource().scope('s').metric('a').gauge();
  for (let i = 0; i < 150_000; i++)
    metrics
      .point(1)
      .int(i)
      .attribute('host', `h${i % 7}`)
      .attribute('i', `${i}`);
  const operations = [{ action: 'aggregate_labels', label_set: ['host'], aggregation_type: 'sum' }];
  const { processor, shown, books } = transforming({ include: 'a', action: 'update', operations });
  await processor.consume(metrics.finish(), emptyContext);
  const sum = (shown[0] ?? []).slice(2).reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
  expect(sum).toBe((149_999 * 150_000) / 2);
  expect(books).toMatchObject({ outItems: 7, balance: 0 });
});

test('names of a sender in labels have a bound', async () => {
  const metrics = new MetricBuilder();
  metrics
    .resource()
    .scope('s')
    .metric('x'.repeat(1 << 20))
    .gauge();
  for (let i = 0; i < 100; i++) metrics.point(1).int(i);
  const combine = { include: '(?P<name>.*)', match_type: 'regexp', action: 'combine', new_name: 'y' };
  const { processor, books } = transforming(combine);
  await expect(processor.consume(metrics.finish(), emptyContext)).rejects.toThrow(
    'labels would add more than 64 MiB to the data points of one scope',
  );
  expect(books).toMatchObject({ returnedItems: { metrics_too_large: 100 }, balance: 0 });
});
