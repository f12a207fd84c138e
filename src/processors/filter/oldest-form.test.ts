import { expect, test } from 'vitest';
import { heldWorld } from '../../../test/support/held-world.js';
import { emptyContext } from '../../component/consumer.js';
import { DeliveryError } from '../../component/delivery-error.js';
import type { Batch } from '../../otlp/batch.js';
import { LogBuilder } from '../../otlp/build/logs.js';
import { MetricBuilder } from '../../otlp/build/metrics.js';
import type { Signal } from '../../otlp/signal.js';
import { BatchCursor } from '../../otlp/view/batch-cursor.js';
import { MetricView } from '../../otlp/view/metric.js';
import { definition } from './index.js';
import { severityNumber } from './match-config.js';

interface Passed {
  readonly batch: Batch;
  readonly itemCount: number;
  /** Of metrics. */
  readonly names: readonly string[];
}

/** The items that go on, undefined for none; their memory is not valid any more. */
async function passed(signal: Signal, config: object, batch: Batch): Promise<Passed | undefined> {
  const world = heldWorld({ signal });
  let result: Passed | undefined;
  const next = { consume: (rest: Batch) => Promise.resolve(void (result = passedOf(rest))) };
  const processor = await definition.create(definition.config.parse(config), world.context, next);
  await processor.consume(batch, emptyContext);
  expect(world.books).toMatchObject({ balance: 0 });
  return result;
}

function passedOf(batch: Batch): Passed {
  const names: string[] = [];
  const cursor = new BatchCursor(new MetricView());
  if (batch.signal === 'metrics') for (cursor.open(batch); cursor.next();) names.push(cursor.item.name.toString());
  return { batch, itemCount: batch.itemCount, names };
}

/** Gauges with so many points; the last of each has the label `last`. */
function gauges(points: number, ...names: readonly string[]): Batch {
  const metrics = new MetricBuilder();
  metrics.resource().scope('test');
  for (const name of names) {
    metrics.metric(name).gauge();
    for (let i = 1; i <= points; i++) {
      metrics
        .point(i)
        .int(i)
        .attribute(i === points ? 'last' : 'label', 'yes');
    }
  }
  return metrics.finish();
}

const expr = (...expressions: readonly string[]): object => ({ match_type: 'expr', expressions });

test('an expression is asked about all points of a metric, however many there are', async () => {
  const batch = gauges(10_000, 'a', 'b', 'c');
  const config = { metrics: { include: expr('false', 'HasLabel("last")'), exclude: expr('MetricName == "b"') } };
  expect((await passed('metrics', config, batch))?.names).toEqual(['a', 'c']);
});

test('labels that are no text are empty, and types have the names of the Collector', async () => {
  const config = {
    metrics: { include: expr('MetricType == "Gauge" && Label("nope") == "" && Label("last") == "yes"') },
  };
  expect((await passed('metrics', config, gauges(2, 'a')))?.names).toEqual(['a']);
});

test('an expression that fails refuses the batch, and the next one is filtered as usual', async () => {
  const world = heldWorld({ signal: 'metrics' });
  const results: Passed[] = [];
  const next = { consume: (rest: Batch) => Promise.resolve(void results.push(passedOf(rest))) };
  const config = { metrics: { exclude: expr('Label("last")[5:] == "" and (MetricName == "b" ? nil : false)') } };
  const processor = await definition.create(definition.config.parse(config), world.context, next);
  await expect(processor.consume(gauges(1, 'a', 'b'), emptyContext)).rejects.toThrow(DeliveryError);
  await processor.consume(gauges(1, 'c', 'd'), emptyContext);
  expect(results.map(({ names }) => names)).toEqual([['c', 'd']]);
  expect(world.books).toMatchObject({ returnedItems: { statement_failed: 2 }, balance: 0 });
});

test('a request in which everything matches goes on as it came', async () => {
  const batch = gauges(2, 'a.b', 'a.c');
  const config = { metrics: { include: { match_type: 'regexp', metric_names: ['^a'] } } };
  expect((await passed('metrics', config, batch))?.batch).toBe(batch);
});

test('bodies that are no text are matched as JSON', async () => {
  const logs = new LogBuilder();
  logs.resource().scope('test');
  logs.record(1).body(new Map([['user', 'ann']]));
  logs.record(1).body('ann');
  const config = { logs: { include: { match_type: 'strict', bodies: ['{"user":"ann"}'] } } };
  expect((await passed('logs', config, logs.finish()))?.itemCount).toBe(1);
});

test('conditions of spans in the oldest form have no effect beside the newest one', async () => {
  const world = heldWorld();
  const config = {
    spans: { include: { match_type: 'strict', span_names: ['x'] } },
    trace_conditions: ['span.name == "x"'],
  };
  await definition.create(definition.config.parse(config), world.context, { consume: () => Promise.resolve() });
  expect(JSON.stringify(world.lines)).toContain('no effect beside conditions');
});

test.each([
  ['INFO', 9],
  ['info4', 12],
  ['24', 24],
  ['0', 0],
  ['25', 0],
  ['INFO5', 0],
  ['', 0],
])('severity %j is %d', (given, number) => {
  expect(severityNumber(given)).toBe(number);
});
