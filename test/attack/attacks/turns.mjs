// Bodies that keep the event loop busy: many dynamic blocks, many bodies at once, splits of millions of rows.
import { dynamicBlocks, encode, encodings, grpcNames } from '../lib/encodings.mjs';
import { empties, field, longName, varint } from '../lib/otlp.mjs';
import { callGrpc, postHttp, tally } from '../lib/senders.mjs';

const MiB = 2 ** 20;

/** Telemetry of which no encoder makes nothing: as many literals as matches. */
function noise(size) {
  const bytes = longName(size);
  for (let i = 64, state = 1; i < bytes.length; i += 3)
    bytes[i] = 97 + (((state = (state * 1103515245 + 12345) >>> 0) >>> 24) % 26);
  return bytes;
}

export const attacks = [
  {
    name: 'dynamic-blocks',
    number: 4,
    async run({ ports, small }) {
      const body = dynamicBlocks(small ? MiB : 19 * MiB);
      const gzipped = Buffer.concat([Buffer.from('1f8b08000000000000ff', 'hex'), body.subarray(2)]);
      const send = (bytes, encoding) => postHttp(ports.http, bytes, { headers: { 'content-encoding': encoding } });
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? send(body, 'deflate') : send(gzipped, 'gzip'))),
      );
      return JSON.stringify(tally(answers));
    },
  },
  {
    name: 'all-encodings-at-once',
    number: 4,
    async prepare({ small }) {
      const bytes = noise(small ? MiB : 19 * MiB);
      return Promise.all(encodings.map(async (encoding) => ({ encoding, body: await encode(encoding, bytes) })));
    },
    async run({ ports, before }) {
      const answers = await Promise.all([
        ...before.map(({ encoding, body }) =>
          postHttp(ports.http, body, { headers: { 'content-encoding': encoding } }),
        ),
        ...before
          .filter(({ encoding }) => grpcNames.has(encoding))
          .map(async ({ encoding, body }) => (await callGrpc(ports.grpc, [body], grpcNames.get(encoding)))[0]),
      ]);
      return JSON.stringify(tally(answers));
    },
  },
  ...['spans', 'scopes', 'resources'].map((kind) => ({
    name: `split-of-empty-${kind}`,
    number: 4,
    prepare: ({ small }) => encode('gzip', empties(kind, small ? 200_000 : 2_000_000)),
    config: ({ ports }) => ({
      processors: { batch: { send_batch_size: 8192, send_batch_max_size: 8192 } },
      exporters: {
        load_balancing: {
          protocol: { otlp: { tls: { insecure: true } } },
          resolver: { static: { hostnames: [`127.0.0.1:${ports.sinkGrpc}`, `localhost:${ports.sinkGrpc}`] } },
        },
      },
      pipelines: { traces: { receivers: ['otlp'], processors: ['batch'], exporters: ['load_balancing'] } },
    }),
    async run({ ports, small, before }) {
      const answers = await Promise.all(
        Array.from({ length: small ? 4 : 20 }, () =>
          postHttp(ports.http, before, { headers: { 'content-encoding': 'gzip' } }),
        ),
      );
      return JSON.stringify(tally(answers));
    },
  })),
  {
    name: 'repeated-resource',
    number: 16,
    prepare({ small }) {
      // One large resource before many spans: each part of a cut batch repeats it.
      const spans = empties('spans', small ? 200_000 : 2_000_000);
      const resource = longName(4 * MiB);
      return encode('gzip', Buffer.concat([withResource(resource, spans)]));
    },
    config: () => ({ processors: { batch: { send_batch_size: 8192, send_batch_max_size: 8192 } } }),
    async run({ ports, small, before }) {
      const answers = await Promise.all(
        Array.from({ length: small ? 1 : 4 }, () =>
          postHttp(ports.http, before, { headers: { 'content-encoding': 'gzip' } }),
        ),
      );
      return JSON.stringify(tally(answers));
    },
  },
];

function withResource(large, spans) {
  // `spans` is one field 1; its content goes behind the resource.
  let at = 1;
  while (spans[at] > 127) at++;
  const content = spans.subarray(at + 1);
  const value = field(2, field(1, large.subarray(0, large.length)));
  const resource = field(1, field(1, Buffer.concat([field(1, Buffer.from('k')), value])));
  const size = resource.length + content.length;
  return Buffer.concat([Buffer.from([0x0a]), varint(size), resource, content]);
}
