import { expect, test } from 'vitest';
import { heldWorld } from '../../test/support/held-world.js';
import type { Consumer } from '../component/consumer.js';
import { defineExporter, defineProcessor, defineReceiver, type PartitionKey } from '../component/define.js';
import type { Lifecycle } from '../component/lifecycle.js';
import { group } from '../component/schema/schema.js';
import type { Components } from '../config/components.js';
import { loadConfig } from '../config/load.js';
import type { Environment } from './context.js';
import { buildGraph } from './graph.js';
import type { WorkerLinks } from './worker-links.js';

const base = { config: group({}), telemetry: { metrics: [], reasons: {} } };

test('what was created is shut down again when another component cannot be', async () => {
  const ended: string[] = [];
  const exporter = defineExporter({
    ...base,
    type: 'sink',
    stability: { traces: 'Development' },
    create: (_config, { id }) => ({ consume: () => Promise.resolve(), shutdown: () => void ended.push(id) }),
  });
  const receiver = defineReceiver({
    ...base,
    type: 'source',
    stability: { traces: 'Development' },
    create: () => Promise.reject(new Error('no such device')),
  });
  const components: Components = {
    receivers: new Map([['source', receiver]]),
    processors: new Map(),
    exporters: new Map([['sink', exporter]]),
    connectors: new Map(),
    extensions: new Map(),
  };
  const yaml =
    'yaml:{receivers: {source: }, exporters: {sink: , sink/2: }, service: {pipelines: {traces: {receivers: ' +
    '[source], exporters: [sink, sink/2]}}}}';
  const config = await loadConfig({ uris: [yaml], sets: [], gates: [] }, { components });
  const { context } = heldWorld();
  const { logger, meter, ledger, clock, random, budget, succession, buildInfo } = context;
  const environment = {
    ...{ logger, meter, ledger, clock, random, budget, succession, buildInfo },
    tracer: undefined,
    worker: undefined,
  };
  await expect(buildGraph(config, environment)).rejects.toThrow(
    'failed to create "source" receiver for data type "traces": no such device',
  );
  expect(ended).toEqual(['sink/2', 'sink']);
});

/** A graph of a receiver and an exporter with three processors between them, as one of three workers builds it. */
async function inWorker(
  number: number,
  kept: { readonly partitionBy?: PartitionKey; readonly once?: boolean },
): Promise<string[]> {
  const made: string[] = [];
  const consumer: Consumer & Lifecycle = { consume: () => Promise.resolve() };
  const stability = { traces: 'Development' } as const;
  const create = (_config: object, { id }: { readonly id: string }): Consumer & Lifecycle => {
    made.push(id);
    return consumer;
  };
  const components: Components = {
    receivers: new Map([
      ['source', defineReceiver({ ...base, type: 'source', stability, ...(kept.once ? { once: true } : {}), create })],
    ]),
    processors: new Map([
      ['before', defineProcessor({ ...base, type: 'before', stability, create })],
      ['kept', defineProcessor({ ...base, ...kept, type: 'kept', stability, create })],
      ['after', defineProcessor({ ...base, type: 'after', stability, create })],
    ]),
    exporters: new Map([['sink', defineExporter({ ...base, type: 'sink', stability, create })]]),
    connectors: new Map(),
    extensions: new Map(),
  };
  const pipeline = '{receivers: [source], processors: [before, kept, after], exporters: [sink]}';
  const yaml =
    `yaml:{receivers: {source: }, processors: {before: , kept: , after: }, exporters: {sink: }, ` +
    `service: {pipelines: {traces: ${pipeline}}}}`;
  const config = await loadConfig({ uris: [yaml], sets: [], gates: [] }, { components });
  const worker: WorkerLinks = {
    number,
    offload: ({ name, next }) => {
      made.push(`offload ${name}`);
      return next;
    },
    exchange: ({ name, together, component }) => {
      made.push(`exchange ${name} by ${together}${component ? '' : ', elsewhere'}`);
      return consumer;
    },
    joined: () => Promise.resolve(),
    onceStopped: () => {},
  };
  const { logger, meter, ledger, clock, random, budget, succession, buildInfo } = heldWorld().context;
  const environment: Environment = {
    logger,
    meter,
    tracer: undefined,
    ledger,
    clock,
    random,
    budget,
    succession,
    buildInfo,
    worker,
  };
  const { nodes } = await buildGraph(config, environment);
  made.push(...nodes.filter(({ once }) => once).map(({ id }) => `${id} runs once`));
  return made;
}

test('an exchange stands before what is kept together', async () => {
  const exchange = 'exchange processor traces kept by trace';
  const made = ['sink', 'after', 'kept', exchange, 'before', 'offload receiver traces source', 'source'];
  for (const number of [1, 2]) expect(await inWorker(number, { partitionBy: 'trace' })).toEqual(made);
});

test('what runs once, and what only it hands to, is made in worker 1 only', async () => {
  const exchange = 'exchange processor traces kept by once';
  const offload = 'offload receiver traces source';
  const once = ['kept runs once', 'source runs once'];
  expect(await inWorker(1, { once: true })).toEqual([
    'sink',
    'after',
    'kept',
    exchange,
    'before',
    offload,
    'source',
    ...once,
  ]);
  expect(await inWorker(2, { once: true })).toEqual([`${exchange}, elsewhere`, 'before', offload, 'kept runs once']);
});
