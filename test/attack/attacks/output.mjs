// Output that nobody reads.
import { oneSpan } from '../lib/otlp.mjs';
import { postHttp } from '../lib/senders.mjs';

const debug = { exporters: { debug: { verbosity: 'detailed' } } };

async function much(ports, small) {
  for (let i = 0; i < (small ? 500 : 3000); i++) await postHttp(ports.http, oneSpan(i));
}

export const attacks = [
  {
    name: 'unread-output',
    number: 8,
    start: { reads: false },
    config: () => debug,
    run: ({ ports, small }) => much(ports, small),
  },
  {
    name: 'unread-log-lines',
    number: 8,
    start: { reads: false },
    config: ({ ports }) => ({
      exporters: {
        otlp_grpc: {
          ...{ endpoint: `127.0.0.1:${ports.spare}`, tls: { insecure: true }, sending_queue: { queue_size: 2 } },
          retry_on_failure: { enabled: false },
        },
      },
      telemetry: { metrics: { level: 'none' }, logs: { level: 'debug' } },
    }),
    // The backend is not there, so that each request gives a line.
    shutsOut: true,
    run: ({ ports, small }) => much(ports, small),
  },
  {
    name: 'full-disk-under-the-log',
    number: 8,
    config: ({ ports }) => ({
      exporters: {
        otlp_grpc: {
          ...{ endpoint: `127.0.0.1:${ports.spare}`, tls: { insecure: true }, sending_queue: { queue_size: 2 } },
          retry_on_failure: { enabled: false },
        },
      },
      telemetry: {
        metrics: { level: 'none' },
        logs: { output_paths: ['stdout', '/dev/full'], error_output_paths: ['/dev/full'] },
      },
    }),
    shutsOut: true,
    run: ({ ports, small }) => much(ports, small),
  },
  {
    name: 'full-disk-under-the-file-exporter',
    number: 8,
    config: () => ({ exporters: { file: { path: '/dev/full' } } }),
    shutsOut: true,
    run: ({ ports, small }) => much(ports, small),
  },
];
