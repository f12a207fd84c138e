import { expect, test } from 'vitest';
import { heldWorld } from '../../../test/support/held-world.js';
import { hostWith } from '../../../test/support/host.js';
import type { Batch } from '../../otlp/batch.js';
import { protoToJson } from '../../otlp/json/encode.js';
import { definition } from './index.js';

async function events(interval: string): Promise<string[]> {
  const world = heldWorld({ signal: 'logs', id: 'host_metrics' });
  const seen: string[] = [];
  const next = {
    consume: (batch: Batch) => {
      seen.push(Buffer.from(protoToJson('logs', batch.bytes)).toString());
      return Promise.resolve();
    },
  };
  const config = definition.config.parse({ scrapers: { cpu: null }, metadata_collection_interval: interval });
  const receiver = await definition.create(config, world.context, next);
  await receiver.start?.(hostWith());
  await world.clock.pass(120_000);
  await receiver.shutdown?.(new AbortController().signal);
  await world.clock.pass(120_000);
  return seen;
}

test('a pipeline of logs has events about the host at the interval', async () => {
  const seen = await events('1m');
  expect(seen).toHaveLength(3);
  const attributes = [
    { key: 'otel.entity.event.type', value: { stringValue: 'entity_state' } },
    { key: 'otel.entity.type', value: { stringValue: 'host' } },
    { key: 'otel.entity.interval', value: { intValue: '60000' } },
  ];
  expect(JSON.parse(seen[1] ?? '')).toMatchObject({
    resourceLogs: [
      {
        scopeLogs: [
          {
            scope: { attributes: [{ key: 'otel.entity.event_as_log', value: { boolValue: true } }] },
            logRecords: [{ timeUnixNano: '1700000061000000000', attributes }],
          },
        ],
      },
    ],
  });
});

test('without an interval there is one at start', async () => {
  const seen = await events('0s');
  expect(seen).toHaveLength(1);
  expect(seen[0]).not.toContain('interval');
});
