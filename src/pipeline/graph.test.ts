import { expect, test } from 'vitest';
import { heldWorld } from '../../test/support/held-world.js';
import { defineExporter, defineReceiver } from '../component/define.js';
import { group } from '../component/schema/schema.js';
import type { Components } from '../config/components.js';
import { loadConfig } from '../config/load.js';
import { buildGraph } from './graph.js';

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
    'yaml:{receivers: {source: }, exporters: {sink: , sink/2: }, service: {pipelines: {traces: {receivers: [source], exporters: [sink, sink/2]}}}}';
  const config = await loadConfig({ uris: [yaml], sets: [], gates: [] }, { components });
  const { context } = heldWorld();
  const { logger, meter, ledger, clock, random, budget, buildInfo } = context;
  const environment = { logger, meter, tracer: undefined, ledger, clock, random, budget, buildInfo, worker: false, spread: undefined };
  await expect(buildGraph(config, environment)).rejects.toThrow(
    'failed to create "source" receiver for data type "traces": no such device',
  );
  expect(ended).toEqual(['sink/2', 'sink']);
});
