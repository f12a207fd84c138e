import { expect, test } from 'vitest';
import { heldWorld, spans } from '../../test/support/held-world.js';
import { emptyContext, type Consumer } from '../component/consumer.js';
import { defineConnector, defineExporter, defineProcessor, defineReceiver } from '../component/define.js';
import { group } from '../component/schema/schema.js';
import type { Components } from '../config/components.js';
import { loadConfig } from '../config/load.js';
import { buildGraph } from './graph.js';

const base = { config: group({}), telemetry: { metrics: [], reasons: {} } };
const stability = { traces: 'Development' } as const;

test('a request has the receiver or connector of its pipeline where a processor reads it', async () => {
  const entries = new Map<string, Consumer>();
  const seen: string[] = [];
  const processor = (type: string, reads: boolean) =>
    defineProcessor({
      ...base,
      type,
      stability,
      readsReceiver: () => reads,
      create: (_config, { pipeline }, next) => ({
        consume: (batch, { receiver }) => {
          seen.push(`${pipeline}: ${receiver}`);
          return next.consume(batch, emptyContext);
        },
        reserve: (_batch, { receiver }) => {
          seen.push(`${pipeline}: room for ${receiver}`);
          const consume: Consumer['consume'] = (batch, context) => {
            seen.push(`${pipeline}: ${context.receiver}`);
            return next.consume(batch, emptyContext);
          };
          return { granted: true, consume, release: () => {} };
        },
      }),
    });
  const components: Components = {
    receivers: new Map([
      [
        'source',
        defineReceiver({
          ...base,
          type: 'source',
          stability,
          create: (_config, { id }, next) => {
            entries.set(id, next);
            return {};
          },
        }),
      ],
    ]),
    processors: new Map([
      ['reader', processor('reader', true)],
      ['other', processor('other', false)],
    ]),
    exporters: new Map([
      ['sink', defineExporter({ ...base, type: 'sink', stability, create: () => ({ consume: async () => {} }) })],
    ]),
    connectors: new Map([
      [
        'link',
        defineConnector({
          ...base,
          type: 'link',
          stability: [['traces', 'traces', 'Development']],
          create: (_config, _context, next) => ({ consume: (batch) => next.consume(batch, emptyContext) }),
        }),
      ],
    ]),
    extensions: new Map(),
  };
  const yaml =
    'yaml:{receivers: {source/a: , source/b: }, processors: {reader: , other: }, connectors: {link: }, ' +
    'exporters: {sink: }, service: {pipelines: {' +
    'traces/read: {receivers: [source/a, source/b, link], processors: [other, reader], exporters: [sink]}, ' +
    'traces/other: {receivers: [source/b], processors: [other], exporters: [link]}}}}';
  const config = await loadConfig({ uris: [yaml], sets: [], gates: [] }, { components });
  const { logger, meter, ledger, clock, random, budget, succession, buildInfo } = heldWorld().context;
  const world = { logger, meter, ledger, clock, random, budget, succession, buildInfo };
  await buildGraph(config, { ...world, tracer: undefined, worker: undefined });

  await entries.get('source/a')?.consume(spans('1'), emptyContext);
  expect(seen.splice(0)).toEqual(['traces/read: source/a', 'traces/read: undefined']);
  // Room is reserved in both pipelines.
  await entries.get('source/b')?.consume(spans('2'), emptyContext);
  expect(seen.splice(0)).toEqual([
    ...['traces/read: room for source/b', 'traces/other: room for undefined'],
    ...['traces/read: source/b', 'traces/read: undefined'],
    ...['traces/other: undefined', 'traces/read: link', 'traces/read: undefined'],
  ]);
});
