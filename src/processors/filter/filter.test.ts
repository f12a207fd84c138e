import { expect, test } from 'vitest';
import { heldWorld } from '../../../test/support/held-world.js';
import { emptyContext } from '../../component/consumer.js';
import { DeliveryError } from '../../component/delivery-error.js';
import type { Processor } from '../../component/define.js';
import type { Batch } from '../../otlp/batch.js';
import { SpanBuilder } from '../../otlp/build/spans.js';
import { definition } from './index.js';

function batchOf(...paths: readonly string[]): Batch {
  const spans = new SpanBuilder();
  spans.resource().scope('test');
  for (const path of paths) spans.span('GET').attribute('url.path', path);
  return spans.finish();
}

const health = { trace_conditions: ['span.attributes["url.path"] == "/health"'] };

interface Started {
  readonly processor: Processor;
  readonly passed: Batch[];
  readonly world: ReturnType<typeof heldWorld>;
}

async function started(config: object): Promise<Started> {
  const world = heldWorld();
  const passed: Batch[] = [];
  const next = { consume: (batch: Batch) => Promise.resolve(void passed.push(batch)) };
  return { processor: await definition.create(definition.config.parse(config), world.context, next), passed, world };
}

test('spans for which a condition holds are dropped, and booked as filtered', async () => {
  const { processor, passed, world } = await started(health);
  await processor.consume(batchOf('/health', '/cart', '/health', '/pay'), emptyContext);
  await processor.consume(batchOf('/health'), emptyContext);
  expect(passed.map(({ itemCount }) => itemCount)).toEqual([2]);
  expect(world.books).toMatchObject({ inItems: 5, outItems: 2, droppedItems: { filtered: 3 }, balance: 0 });
});

test('a batch of which nothing is dropped goes on as it came', async () => {
  const { processor, passed } = await started(health);
  const batch = batchOf('/cart', '/pay');
  await processor.consume(batch, emptyContext);
  expect(passed[0]).toBe(batch);
});

test('a condition that fails is logged or not, and with propagate the batch is refused', async () => {
  const failing = { trace_conditions: ['span.attributes["url.path"] / 0 == 1', ...health.trace_conditions] };
  const { processor, passed } = await started({ error_mode: 'ignore', ...failing });
  await processor.consume(batchOf('/health', '/cart'), emptyContext);
  expect(passed.map(({ itemCount }) => itemCount)).toEqual([1]);

  const strict = await started({ error_mode: 'propagate', ...failing });
  const refused = await strict.processor
    .consume(batchOf('/health', '/cart'), emptyContext)
    .catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(DeliveryError);
  expect((refused as DeliveryError).message).toContain(
    'failed to eval condition: span.attributes["url.path"] / 0 == 1',
  );
  expect(strict.passed).toEqual([]);
  expect(strict.world.books).toMatchObject({ returnedItems: { statement_failed: 2 }, balance: 0 });
});

test.each([
  [{ trace_conditions: ['span.nam == "x"'] }, ['trace_conditions', 0], { offset: 5 }],
  [
    { trace_conditions: [{ context: 'metric', conditions: ['name == "x"'] }] },
    ['trace_conditions', 0, 'context'],
    undefined,
  ],
  [{ traces: { span: ['name = "x"'] } }, ['traces', 'span', 0], { offset: 5 }],
  [{ trace_conditions: ['span.name == "x"', { conditions: [] }] }, ['trace_conditions'], undefined],
  [{ ...health, traces: { span: ['name == "x"'] } }, ['traces'], undefined],
  [{ logs: { include: { bodies: ['x'] } } }, ['logs', 'include'], undefined],
  [
    { logs: { exclude: { match_type: 'regexp', record_attributes: [{ key: 'a', value: '(' }] } } },
    ['logs', 'exclude', 'record_attributes', 0, 'value'],
    undefined,
  ],
  [
    { logs: { include: { severity_number: { min: 'WARM' } } } },
    ['logs', 'include', 'severity_number', 'min'],
    undefined,
  ],
  [{ spans: { include: { match_type: 'strict' } } }, ['spans', 'include'], undefined],
  [
    { metrics: { include: { match_type: 'expr', expressions: ['true', 'MetricNam == "x"'] } } },
    ['metrics', 'include', 'expressions', 1],
    { offset: 0 },
  ],
  [
    { metrics: { include: { match_type: 'expr', expressions: ['Label("x")'] } } },
    ['metrics', 'include', 'expressions', 0],
    { offset: 0 },
  ],
  [{ metrics: { metric: ['true'], exclude: {} } }, ['metrics'], undefined],
  [
    { metrics: { exclude: { match_type: 'strict', resource_attributes: [{ key: '' }] } } },
    ['metrics', 'exclude', 'resource_attributes', 0],
    undefined,
  ],
])('a mistake is named with its place: %j', (config, path, at) => {
  const { error } = definition.config.safeParse(config);
  expect(error?.issues.map(({ path: where }) => where)).toContainEqual(path);
  const [issue] = error?.issues ?? [];
  expect(issue?.code === 'custom' ? issue.params?.['at'] : undefined).toEqual(at);
});
