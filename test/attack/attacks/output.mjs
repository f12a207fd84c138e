// Output that nobody reads, and texts of debug that are hundreds of times as long as their requests.
import { empties, hugeSpans, oneSpan, tinySpans } from '../lib/otlp.mjs';
import { postHttp, tally } from '../lib/senders.mjs';

const MiB = 2 ** 20;
const debug = { exporters: { debug: { verbosity: 'detailed' } } };

async function much(ports, small) {
  for (let i = 0; i < (small ? 500 : 3000); i++) await postHttp(ports.http, oneSpan(i));
}

export const attacks = [
  ...['log', 'file', 'unread'].map((output) => ({
    name: `debug-detailed-${output}`,
    number: 16,
    start: { reads: output !== 'unread' },
    config: () => ({
      exporters: {
        debug: {
          verbosity: 'detailed',
          ...(output === 'file' ? { use_internal_logger: false, output_paths: ['/dev/null'] } : {}),
        },
      },
    }),
    prepare({ small }) {
      const size = small ? 100_000 : 19 * MiB;
      const empty = empties('spans', small ? 50_000 : 2_000_000);
      const tiny = tinySpans(size);
      // Not all at once: most would be refused.
      return [[empty, empty], [tiny, tiny], ...Object.values(hugeSpans).map((make) => [make(size)])];
    },
    async run({ ports, before }) {
      const answers = [];
      for (const bodies of before)
        answers.push(...(await Promise.all(bodies.map((body) => postHttp(ports.http, body)))));
      return JSON.stringify(tally(answers));
    },
  })),
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
