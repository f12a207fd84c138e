import { expect, test } from 'vitest';
import { heldWorld, namesOf, spans } from '../../test/support/held-world.js';
import { emptyContext, type Consumer } from '../component/consumer.js';
import { defineConnector, defineExporter, defineReceiver, type ConnectorRouter } from '../component/define.js';
import { DeliveryError } from '../component/delivery-error.js';
import { group } from '../component/schema/schema.js';
import type { Components } from '../config/components.js';
import { loadConfig } from '../config/load.js';
import { buildGraph } from './graph.js';
import { PipelineRouter } from './router.js';

/** A consumer that notes what it is handed, and has room for `room` batches when that is set. */
class Sink implements Consumer {
  readonly seen: string[] = [];
  readonly reserve: Consumer['reserve'] & {};
  #room: number;

  constructor(room = Infinity) {
    this.#room = room;
    this.reserve = () => {
      if (this.#room === 0) {
        const error = new DeliveryError('full', { class: 'retryable', reason: 'queue_full' });
        return { granted: false, error, refuse: () => void this.seen.push('refused') };
      }
      this.#room--;
      return {
        granted: true,
        consume: (batch) => this.consume(batch),
        release: () => void this.#room++,
      };
    };
  }

  consume(batch: Parameters<Consumer['consume']>[0]): Promise<void> {
    this.seen.push(...namesOf(batch));
    return Promise.resolve();
  }
}

function routerOf(sinks: Readonly<Record<string, Consumer>>): PipelineRouter {
  return new PipelineRouter(new Map(Object.entries(sinks)), heldWorld().clock);
}

test('one pipeline is itself, and several are handed a batch each once, in the order given', async () => {
  const a = new Sink();
  const b = new Sink();
  const c = new Sink();
  const router = routerOf({ 'traces/a': a, 'traces/b': b, 'traces/c': c });
  expect(router.pipelineIds).toEqual(['traces/a', 'traces/b', 'traces/c']);
  expect(router.consumer(['traces/b'])).toBe(b);
  await router.consumer(['traces/c', 'traces/a', 'traces/c']).consume(spans('1'), emptyContext);
  expect([a.seen, b.seen, c.seen]).toEqual([['1'], [], ['1']]);
});

test('a pipeline without room keeps a batch from the others that were chosen with it', async () => {
  const a = new Sink();
  const b = new Sink(1);
  const some = routerOf({ 'traces/a': a, 'traces/b': b }).consumer(['traces/a', 'traces/b']);
  await some.consume(spans('1'), emptyContext);
  await expect(some.consume(spans('2'), emptyContext)).rejects.toThrow('full');
  expect([a.seen, b.seen]).toEqual([['1'], ['1', 'refused']]);
});

test('a choice of nothing, and of a pipeline that is not behind the connector, is a defect of the connector', () => {
  const router = routerOf({ 'traces/a': new Sink() });
  expect(() => router.consumer([])).toThrow('no pipeline is named');
  expect(() => router.consumer(['traces/b'])).toThrow(
    'pipeline "traces/b" does not have this connector among its receivers',
  );
});

test('a connector is handed the pipelines of its signal that name it, in the order of the configuration', async () => {
  const base = { config: group({}), telemetry: { metrics: [], reasons: {} } };
  const stability = { traces: 'Beta', logs: 'Beta' } as const;
  const sink: Consumer = { consume: () => Promise.resolve() };
  const routers: { readonly to: string; readonly router: ConnectorRouter }[] = [];
  const components: Components = {
    receivers: new Map([['source', defineReceiver({ ...base, type: 'source', stability, create: () => ({}) })]]),
    processors: new Map(),
    exporters: new Map([['sink', defineExporter({ ...base, type: 'sink', stability, create: () => sink })]]),
    connectors: new Map([
      [
        'choose',
        defineConnector({
          ...base,
          type: 'choose',
          stability: [
            ['traces', 'traces', 'Beta'],
            ['logs', 'logs', 'Beta'],
          ],
          create: (_config, { to, router }) => {
            routers.push({ to, router });
            return sink;
          },
        }),
      ],
    ]),
    extensions: new Map(),
  };
  const end = '{receivers: [choose], exporters: [sink]}';
  const yaml =
    'yaml:{receivers: {source: }, exporters: {sink: }, connectors: {choose: }, service: {pipelines: {' +
    `traces/z: ${end}, traces/a: ${end}, logs/b: ${end}, traces/c: {receivers: [source], exporters: [sink]}, ` +
    'traces/in: {receivers: [source], exporters: [choose]}, logs/in: {receivers: [source], exporters: [choose]}}}}';
  const config = await loadConfig({ uris: [yaml], sets: [], gates: [] }, { components });
  const { context } = heldWorld();
  const { logger, meter, ledger, clock, random, budget, succession, buildInfo } = context;
  await buildGraph(config, {
    ...{ logger, meter, ledger, clock, random, budget, succession, buildInfo },
    tracer: undefined,
    worker: undefined,
  });
  expect(routers.map(({ to, router }) => [to, router.pipelineIds])).toEqual([
    ['traces', ['traces/z', 'traces/a']],
    ['logs', ['logs/b']],
  ]);
});
