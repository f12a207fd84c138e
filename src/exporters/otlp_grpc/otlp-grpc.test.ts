import { once } from 'node:events';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { Cancellation } from '../../component/cancellation.js';
import { emptyContext } from '../../component/consumer.js';
import { hostWith } from '../../../test/support/host.js';
import { startBackend } from '../../../test/support/backend.js';
import { heldWorld, spans } from '../../../test/support/held-world.js';
import { definition } from './index.js';

const host = hostWith();

test('a backend on another gRPC library takes every span once, and its refusal keeps its status', async () => {
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
    await expect(exporter.consume(spans('four'), emptyContext)).rejects.toMatchObject({
      class: 'retryable',
      status: { code: 14 },
    });
    expect(books).toMatchObject({ inItems: 4, outItems: 2, balance: 0 });
  } finally {
    await exporter.shutdown?.(new AbortController().signal);
    await backend.close();
  }
});

test.each([
  ['its timeout', { code: 4, message: 'context deadline exceeded' }, 'deadline_exceeded'],
  ['its sender leaving', { code: 1, message: 'context canceled' }, 'backend_refused'],
])('an attempt that is ended by %s has the status of that', async (cause, status, reason) => {
  const silent = http2.createServer();
  silent.on('sessionError', () => {});
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { context, clock, books } = heldWorld();
  const config = definition.config.parse({
    endpoint: `127.0.0.1:${(silent.address() as AddressInfo).port}`,
    tls: { insecure: true },
    timeout: '3s',
    sending_queue: { enabled: false },
    retry_on_failure: { enabled: false },
  });
  const exporter = await definition.create(config, context);
  const sender = new Cancellation();
  try {
    await exporter.start?.(host);
    const failure = exporter.consume(spans('a'), { ...emptyContext, signal: sender }).catch((error: unknown) => error);
    await once(silent, 'stream');
    if (cause === 'its timeout') await clock.pass(3000);
    else sender.abort('sender');
    expect(await failure).toMatchObject({ class: 'retryable', status, reason });
    expect(books).toMatchObject({ returnedItems: { [reason]: 1 }, balance: 0 });
  } finally {
    await exporter.shutdown?.(AbortSignal.abort());
    silent.close();
  }
});

test('faults of single options are named', () => {
  const faults = (settings: object): string[] =>
    (definition.config.safeParse(settings).error?.issues ?? []).map((issue) => issue.message);
  expect(faults({ endpoint: 'a:1:2' })).toEqual(['address a:1:2: too many colons in address']);
  expect(faults({ endpoint: 'a:1', balancer_name: 'fastest' })).toEqual(['invalid balancer_name: fastest']);
});
