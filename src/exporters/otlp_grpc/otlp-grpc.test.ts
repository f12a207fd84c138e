import { expect, test } from 'vitest';
import { emptyContext } from '../../component/consumer.js';
import { hostWith } from '../../../test/support/host.js';
import { startBackend } from '../../../test/support/backend.js';
import { heldWorld, spans } from '../../../test/support/held-world.js';
import { definition } from './index.js';

const host = hostWith();

test('a backend on another gRPC library takes every span once, and its refusal comes back with its status', async () => {
  const backend = await startBackend();
  const { context, books } = heldWorld();
  const config = definition.config.parse({
    endpoint: `127.0.0.1:${backend.port}`,
    tls: { insecure: true },
    sending_queue: { enabled: false },
    retry_on_failure: { enabled: false },
  });
  const exporter = await definition.create(config, context);
  try {
    await exporter.start?.(host);
    await exporter.consume(spans('one', 'two'), emptyContext);
    expect([...backend.accepted.values()]).toEqual([1, 1]);
    backend.refuseWith(8);
    await expect(exporter.consume(spans('three'), emptyContext)).rejects.toMatchObject({
      class: 'permanent',
      status: { code: 8, message: 'not now' },
    });
    backend.refuseWith(14);
    await expect(exporter.consume(spans('four'), emptyContext)).rejects.toMatchObject({ class: 'retryable', status: { code: 14 } });
    expect(books).toMatchObject({ inItems: 4, outItems: 2, balance: 0 });
  } finally {
    await exporter.shutdown?.(AbortSignal.timeout(1000));
    await backend.close();
  }
});

test('faults of single options are named', () => {
  const faults = (settings: object): string[] => (definition.config.safeParse(settings).error?.issues ?? []).map((issue) => issue.message);
  expect(faults({ endpoint: 'a:1:2' })).toEqual(['address a:1:2: too many colons in address']);
  expect(faults({ endpoint: 'a:1', balancer_name: 'fastest' })).toEqual(['invalid balancer_name: fastest']);
});
