// Small bodies that become large: bombs in every encoding, over both protocols, declared windows, tiny items.
import { encode, encodings, grpcNames, snappyLie, zstdWindow } from '../lib/encodings.mjs';
import { empties, longName, varint } from '../lib/otlp.mjs';
import { callGrpc, postHttp, tally } from '../lib/senders.mjs';

const MiB = 2 ** 20;

async function both(ports, body, encoding, count) {
  const named = { headers: encoding === '' ? {} : { 'content-encoding': encoding } };
  const answers = [Promise.all(Array.from({ length: count }, () => postHttp(ports.http, body, named)))];
  const name = encoding === '' ? '' : grpcNames.get(encoding);
  if (name !== undefined) {
    // Two connections, as many streams on each.
    const bodies = Array.from({ length: count / 2 }, () => body);
    answers.push(callGrpc(ports.grpc, bodies, name), callGrpc(ports.grpc, bodies, name));
  }
  return (await Promise.all(answers)).flat();
}

const bombs = encodings.map((encoding) => ({
  name: `bomb-${encoding}`,
  number: 3,
  prepare: async ({ small }) => encode(encoding, longName(small ? 4 * MiB : 19 * MiB)),
  async run({ ports, small, before }) {
    const answers = await both(ports, before, encoding, small ? 10 : 100);
    return `${before.length} bytes each, ${JSON.stringify(tally(answers))}`;
  },
}));

const tiny = ['spans', 'scopes', 'resources'].map((kind) => ({
  name: `empty-${kind}`,
  number: 3,
  prepare: async ({ small }) => encode('gzip', empties(kind, small ? 1_000_000 : 9_900_000)),
  async run({ ports, small, before }) {
    const answers = [];
    for (let round = 0; round < (small ? 1 : 3); round++)
      answers.push(...(await both(ports, before, 'gzip', small ? 2 : 8)));
    return `${before.length} bytes each, ${JSON.stringify(tally(answers))}`;
  },
}));

export const attacks = [
  ...bombs,
  ...tiny,
  {
    name: 'zstd-windows',
    number: 3,
    async run({ ports, small }) {
      const answers = [];
      for (const log of [23, 27, 30, 31, 40])
        answers.push(...(await both(ports, zstdWindow(log), 'zstd', small ? 4 : 40)));
      return JSON.stringify(tally(answers));
    },
  },
  {
    name: 'declared-sizes',
    number: 3,
    async run({ ports, small }) {
      const count = small ? 10 : 100;
      const answers = [
        ...(await both(ports, snappyLie(19 * MiB), 'snappy', count)),
        // gzip whose trailer says 19 MiB, lz4 and zstd whose header does.
        ...(await both(ports, gzipLie(19 * MiB), 'gzip', count)),
        ...(await both(
          ports,
          Buffer.concat([Buffer.from('28b52ffda0', 'hex'), u32(19 * MiB), Buffer.from([1, 0, 0])]),
          'zstd',
          count,
        )),
        ...(await both(ports, Buffer.concat([Buffer.from([0x0a]), varint(19 * MiB)]), '', count)),
      ];
      return JSON.stringify(tally(answers));
    },
  },
  {
    name: 'metadata',
    number: 16,
    config: ({ ports }) => ({
      receivers: {
        otlp: {
          protocols: {
            grpc: { endpoint: `127.0.0.1:${ports.grpc}`, include_metadata: true },
            http: { endpoint: `127.0.0.1:${ports.http}`, include_metadata: true },
          },
        },
      },
      exporters: {
        otlp_grpc: {
          endpoint: `127.0.0.1:${ports.spare}`,
          tls: { insecure: true },
          sending_queue: { queue_size: 5000 },
          retry_on_failure: { initial_interval: '1s', max_interval: '2s', max_elapsed_time: '3s' },
        },
      },
    }),
    async run({ ports, small }) {
      const field = 'm'.repeat(800 * 1024);
      const one = longName(10);
      const answers = [];
      for (let i = 0; i < (small ? 3 : 18); i++)
        answers.push(
          ...(await Promise.all(
            Array.from({ length: 50 }, () => postHttp(ports.http, one, { headers: { 'x-metadata': field } })),
          )),
        );
      return JSON.stringify(tally(answers));
    },
  },
  {
    name: 'json-of-nothing',
    number: 16,
    config: ({ ports }) => ({
      exporters: { otlp_http: { endpoint: `http://127.0.0.1:${ports.sinkHttp}`, encoding: 'json' } },
    }),
    async run({ ports, small }) {
      const size = small ? MiB : 19 * MiB;
      const json = { headers: { 'content-type': 'application/json' } };
      const answers = [];
      for (const [before, item, after] of [
        ['{"resourceSpans":[{"scopeSpans":[{"spans":[', '{}', ']}]}]}'],
        ['{"resourceSpans":[', 'null', ']}'],
        ['{"resourceSpans":[{"resource":{"attributes":[', '{}', ']}}]}'],
        ['{"unknown":', '[', ''],
      ]) {
        const body =
          before +
          Array.from({ length: Math.floor(size / (item.length + 1)) }, () => item).join(item === '[' ? '' : ',') +
          after;
        answers.push(...(await Promise.all(Array.from({ length: 3 }, () => postHttp(ports.http, body, json)))));
      }
      // Bytes of millions of empty spans that the exporter has to write as JSON.
      answers.push(...(await both(ports, empties('spans', size / 8), '', 2)));
      return JSON.stringify(tally(answers));
    },
  },
];

function u32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function gzipLie(size) {
  return Buffer.concat([Buffer.from('1f8b08000000000000ff0300', 'hex'), u32(0), u32(size)]);
}
