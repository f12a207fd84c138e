// Ends of the process while something holds it up.
import { dial } from '../lib/http2-bytes.mjs';
import { longName } from '../lib/otlp.mjs';
import { postHttp } from '../lib/senders.mjs';

export const attacks = [
  {
    name: 'both-tiers-in-one-process',
    number: 10,
    config: ({ ports }) => ({
      receivers: {
        'otlp/first': {
          protocols: { grpc: { endpoint: `127.0.0.1:${ports.grpc}` }, http: { endpoint: `127.0.0.1:${ports.http}` } },
        },
        'otlp/second': { protocols: { grpc: { endpoint: `127.0.0.1:${ports.spare}` } } },
      },
      exporters: {
        load_balancing: {
          protocol: { otlp: { tls: { insecure: true } } },
          resolver: { static: { hostnames: [`127.0.0.1:${ports.spare}`] } },
        },
        otlp_grpc: { endpoint: `127.0.0.1:${ports.sinkGrpc}`, tls: { insecure: true } },
      },
      processors: { batch: { timeout: '10s' } },
      pipelines: {
        'traces/first': { receivers: ['otlp/first'], processors: ['batch'], exporters: ['load_balancing'] },
        'traces/second': { receivers: ['otlp/second'], exporters: ['otlp_grpc'] },
      },
    }),
    async run({ ports, small }) {
      // They lie in the batch when the process is ended.
      for (let i = 0; i < (small ? 10 : 50); i++) await postHttp(ports.http, longName(100));
    },
    judge(log) {
      return /"dropped":\s*\{[^}]*\d/.test(log) ? ['spans were dropped at shutdown'] : [];
    },
  },
  {
    name: 'open-connections-at-the-end',
    number: 10,
    async run({ ports }) {
      for (let i = 0; i < 50; i++) {
        dial(ports.grpc);
        const { send } = dial(ports.http);
        if (i % 2 === 0) send(Buffer.from('POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc'));
      }
      await new Promise((resolve) => setTimeout(resolve, 300));
    },
  },
  {
    name: 'names-that-do-not-resolve',
    number: 22,
    // A look-up that hangs is ended by a signal (docs/differences.md#lookup-exit).
    ends: [0, 'SIGTERM'],
    config: ({ ports }) => ({
      exporters: {
        otlp_grpc: { endpoint: `127.0.0.1:${ports.sinkGrpc}`, tls: { insecure: true } },
        ...Object.fromEntries(
          Array.from({ length: 8 }, (_, i) => [
            `otlp_grpc/${i}`,
            {
              endpoint: `no-such-name-${i}.invalid:4317`,
              tls: { insecure: true },
              timeout: '1s',
              retry_on_failure: { initial_interval: '100ms', max_interval: '500ms', max_elapsed_time: '2s' },
            },
          ]),
        ),
      },
    }),
    async run({ ports, small }) {
      for (let i = 0; i < (small ? 20 : 100); i++) await postHttp(ports.http, longName(100));
    },
  },
];
