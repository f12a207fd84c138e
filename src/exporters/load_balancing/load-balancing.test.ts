import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { emptyContext } from '../../component/consumer.js';
import { DeliveryError } from '../../component/delivery-error.js';
import { validate } from '../../otlp/wire/validate.js';
import { hostWith } from '../../../test/support/host.js';
import { startBackend } from '../../../test/support/backend.js';
import { heldWorld } from '../../../test/support/held-world.js';
import { encodeSpans } from '../../../test/support/otlp.js';
import { ReferenceRing } from '../../../test/support/ring.js';
import { withPort } from './backends.js';
import { definition } from './index.js';

const host = hostWith();

test('each trace goes whole to the backend that the ring says', async () => {
  const backends = await Promise.all([startBackend(), startBackend(), startBackend()]);
  const endpoints = backends.map((backend) => `127.0.0.1:${backend.port}`);
  const { context } = heldWorld();
  const off = { enabled: false };
  const config = definition.config.parse({
    protocol: { otlp: { tls: { insecure: true }, sending_queue: off } },
    resolver: { static: { hostnames: endpoints } },
  });
  const exporter = await definition.create(config, context);
  try {
    await exporter.start?.(host);
    const traces = Array.from({ length: 200 }, () => randomBytes(16).toString('hex'));
    const all = traces.flatMap((traceId) => [1, 2, 3].map(() => ({ traceId, spanId: randomBytes(8).toString('hex') })));
    await exporter.consume(validate('traces', new Uint8Array(encodeSpans(all))), emptyContext);
    const ring = new ReferenceRing(endpoints);
    const misplaced = traces.filter((traceId) =>
      endpoints.some(
        (endpoint, i) => backends[i]!.traces.has(traceId) !== (ring.ownerOf(Buffer.from(traceId, 'hex')) === endpoint),
      ),
    );
    expect(misplaced).toEqual([]);
    expect(backends.reduce((sum, backend) => sum + backend.accepted.size, 0)).toBe(600);
  } finally {
    await exporter.shutdown?.(new AbortController().signal);
    await Promise.all(backends.map((backend) => backend.close()));
  }
});

test('a part that its backend refuses for good is given up, and the part of another is retried', async () => {
  const backends = await Promise.all([startBackend(), startBackend(), startBackend()]);
  const [good, final, later] = backends;
  final.refuseWith(3);
  later.refuseWith(14);
  const { context, books } = heldWorld();
  const off = { enabled: false };
  const config = definition.config.parse({
    protocol: { otlp: { tls: { insecure: true }, sending_queue: off, retry_on_failure: off } },
    resolver: { static: { hostnames: backends.map((backend) => `127.0.0.1:${backend.port}`) } },
  });
  const exporter = await definition.create(config, context);
  try {
    await exporter.start?.(host);
    const traces = Array.from({ length: 100 }, () => randomBytes(16).toString('hex'));
    const batch = validate(
      'traces',
      new Uint8Array(encodeSpans(traces.map((traceId) => ({ traceId, spanId: traceId.slice(16) })))),
    );
    const error: unknown = await exporter.consume(batch, emptyContext).catch((failure: unknown) => failure);
    expect(error).toMatchObject({ class: 'retryable', status: { code: 14 } });
    const remaining = error instanceof DeliveryError ? error.remaining : undefined;
    later.refuseWith(undefined);
    await exporter.consume(remaining ?? batch, emptyContext);
    expect(final.accepted.size).toBe(0);
    const accepted = [...good.accepted.values(), ...later.accepted.values()];
    expect(new Set(accepted)).toEqual(new Set([1]));
    expect(books.droppedItems).toMatchObject({ rejected_by_backend: 100 - accepted.length });
    expect(remaining?.itemCount).toBe(later.accepted.size);
    expect(books.balance).toBe(0);
  } finally {
    await exporter.shutdown?.(new AbortController().signal);
    await Promise.all(backends.map((backend) => backend.close()));
  }
});

test('the port of the dns resolver is a number or text, and a name server an address', () => {
  const parse = (dns: object): unknown =>
    definition.config.parse({ resolver: { dns: { hostname: 'x', ...dns } } }).resolver.dns;
  expect(parse({ port: 5317 })).toMatchObject({ port: '5317' });
  expect(parse({ port: '5317', servers: ['10.0.0.2', '[::1]:5353', '::1'] })).toMatchObject({ port: '5317' });
  for (const wrong of [
    { port: 'otlp' },
    { port: 70_000 },
    { port: 53.5 },
    { servers: ['ns.example.com'] },
    { servers: ['10.0.0.2:x'] },
  ])
    expect(() => parse(wrong)).toThrow(/port|name server|expected string/);
});

test.each([
  ['a', 'a:4317'],
  ['a:1', 'a:1'],
  ['10.0.0.1', '10.0.0.1:4317'],
  ['::1', '[::1]:4317'],
  ['[::1]', '[::1]:4317'],
  ['[::1]:1', '[::1]:1'],
])('%s is dialled as %s', (endpoint, dialled) => {
  expect(withPort(endpoint)).toBe(dialled);
});

test('before a backend is found, senders get a retryable refusal', async () => {
  const { context } = heldWorld();
  const config = definition.config.parse({ resolver: { dns: { hostname: 'nobody.invalid' } } });
  const exporter = await definition.create(config, context);
  await exporter.start?.(host);
  const batch = validate('traces', new Uint8Array(encodeSpans([{ traceId: '01'.repeat(16), spanId: '02'.repeat(8) }])));
  await expect(exporter.consume(batch, emptyContext)).rejects.toMatchObject({
    class: 'retryable',
    message: 'couldn\'t find the exporter for the endpoint ""',
  });
  await exporter.shutdown?.(new AbortController().signal);
});

test('the exporter has an error while its resolver or one of its backends fails, and names it', async () => {
  const backend = await startBackend();
  const { context, clock } = heldWorld();
  const off = { enabled: false };
  const config = definition.config.parse({
    protocol: { otlp: { tls: { insecure: true }, sending_queue: off, retry_on_failure: off } },
    resolver: { static: { hostnames: [`127.0.0.1:${backend.port}`] } },
  });
  const reports: string[] = [];
  const exporter = await definition.create(config, context);
  await exporter.start?.(hostWith({}, {}, reports));
  const send = (): Promise<unknown> =>
    exporter
      .consume(
        validate('traces', new Uint8Array(encodeSpans([{ traceId: '01'.repeat(16), spanId: '02'.repeat(8) }]))),
        emptyContext,
      )
      .catch((error: unknown) => error);
  try {
    await send();
    expect(reports).toEqual([]);
    await backend.close();
    await send();
    expect(reports).toEqual([expect.stringContaining(`recoverable_error: backend 127.0.0.1:${backend.port}: `)]);
  } finally {
    await exporter.shutdown?.(new AbortController().signal);
  }

  const lost: string[] = [];
  const nowhere = await definition.create(
    definition.config.parse({ resolver: { dns: { hostname: 'nobody.invalid', interval: '1s', timeout: '500ms' } } }),
    context,
  );
  await nowhere.start?.(hostWith({}, {}, lost));
  await nowhere.shutdown?.(new AbortController().signal);
  expect(lost).toEqual([expect.stringContaining('recoverable_error: resolver: lookup nobody.invalid')]);
  await clock.pass(0);
});
