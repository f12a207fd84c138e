import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { emptyContext } from '../../component/consumer.js';
import { validate } from '../../otlp/validate.js';
import { startBackend } from '../../../test/support/backend.js';
import { heldWorld } from '../../../test/support/held-world.js';
import { encodeSpans } from '../../../test/support/otlp.js';
import { ReferenceRing } from '../../../test/support/ring.js';
import { definition } from './index.js';

const host = { extension: () => undefined, fatal: () => {}, report: () => {} };

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
      endpoints.some((endpoint, i) => backends[i]!.traces.has(traceId) !== (ring.ownerOf(Buffer.from(traceId, 'hex')) === endpoint)),
    );
    expect(misplaced).toEqual([]);
    expect(backends.reduce((sum, backend) => sum + backend.accepted.size, 0)).toBe(600);
  } finally {
    await exporter.shutdown?.(AbortSignal.timeout(1000));
    await Promise.all(backends.map((backend) => backend.close()));
  }
});

test('a resolver that is not there yet is refused by name when the exporter is created', async () => {
  const { context } = heldWorld();
  const create = async (settings: object): Promise<unknown> => definition.create(definition.config.parse(settings), context);
  await expect(create({ resolver: { dns: { hostname: 'x' } } })).rejects.toThrow('dns');
});
