// Traces for `tail_sampling`: very many, very large, with IDs and resources that cost as much as possible. They have
// no number in the list of faults that the other attacks are numbered by.
import { field, oneSpan } from '../lib/otlp.mjs';
import { postHttp, tally } from '../lib/senders.mjs';
import { kinds, spansOf } from '../lib/trace-ids.mjs';

const MiB = 2 ** 20;
/** From the last request until all is decided, milliseconds. */
const decidedMs = 4000;

const tailed =
  (options = {}) =>
  () => ({
    processors: {
      tail_sampling: {
        decision_wait: '2s',
        num_traces: 10_000_000,
        policies: [
          { name: 'slow', type: 'latency', latency: { threshold_ms: 5000 } },
          { name: 'share', type: 'probabilistic', probabilistic: { sampling_percentage: 10 } },
        ],
        ...options,
      },
    },
    pipelines: { traces: { receivers: ['otlp'], processors: ['tail_sampling'], exporters: ['otlp_grpc'] } },
  });
const all = { policies: [{ name: 'all', type: 'always_sample' }] };

/** Sends what `make` makes `count` times, a few at a time; the result is what was answered. */
async function send(port, count, make, atOnce = 4) {
  const answers = [];
  let next = 0;
  const sender = async () => {
    while (next < count) answers.push(await postHttp(port, make(next++)));
  };
  await Promise.all(Array.from({ length: atOnce }, sender));
  return JSON.stringify(tally(answers));
}

const resource = (service, more = Buffer.alloc(0)) =>
  field(1, Buffer.concat([field(1, Buffer.concat([text('service.name'), field(2, text(service))])), more]));
const text = (value) => field(1, Buffer.from(value));
/** An attribute of so many bytes. */
const large = (size, fill) => field(1, Buffer.concat([text('large'), field(2, text(Buffer.alloc(size, fill)))]));

export const attacks = [
  {
    name: 'tail-one-span-traces',
    number: 'tail sampling',
    config: tailed(),
    async run({ ports, small, pause }) {
      const count = small ? 20_000 : 500_000;
      const answers = await send(ports.http, small ? 4 : 20, () => field(1, field(2, spansOf(count))));
      await pause(decidedMs);
      return answers;
    },
  },
  ...Object.keys(kinds)
    .filter((kind) => kind !== 'random')
    .map((kind) => ({
      name: `tail-colliding-${kind}`,
      number: 'tail sampling',
      config: tailed(),
      async run({ ports, small, pause }) {
        const count = small ? 20_000 : 200_000;
        const answers = await send(ports.http, 4, () => field(1, field(2, spansOf(count, kind))));
        await pause(decidedMs);
        return answers;
      },
    })),
  {
    name: 'tail-one-trace',
    number: 'tail sampling',
    config: tailed(all),
    async run({ ports, small, pause }) {
      const span = field(
        2,
        Buffer.concat([field(1, Buffer.alloc(16, 3)), field(2, Buffer.alloc(8, 3)), field(5, Buffer.from('a'))]),
      );
      const spans = Buffer.alloc(span.length * (small ? 10_000 : 100_000), span);
      const answers = await send(ports.http, 10, () => field(1, Buffer.concat([resource('one'), field(2, spans)])), 1);
      await pause(decidedMs);
      return answers;
    },
  },
  {
    name: 'tail-many-services',
    number: 'tail sampling',
    config: tailed({ max_pending_bytes: 4 * MiB }),
    async run({ ports, small, pause }) {
      const groups = small ? 2000 : 20_000;
      const body = (serial) =>
        Buffer.concat(
          Array.from({ length: groups }, (_, i) =>
            field(1, Buffer.concat([resource(`${serial} ${i}`), field(2, spansOf(10))])),
          ),
        );
      const answers = await send(ports.http, small ? 2 : 10, body);
      await pause(decidedMs);
      return answers;
    },
  },
  {
    name: 'tail-new-resources',
    number: 'tail sampling',
    config: tailed(),
    async run({ ports, small, pause }) {
      // First so many that no more are shared, then one each for many spans.
      const own = (size, spans) => (serial) =>
        field(1, Buffer.concat([resource(`own ${serial}`, large(size, serial)), field(2, spansOf(spans))]));
      const answers = [
        await send(ports.http, small ? 20 : 400, own(100 << 10, 10)),
        await send(ports.http, small ? 4 : 40, own(60 << 10, small ? 1000 : 20_000)),
        await send(ports.http, small ? 2 : 8, own(2 * MiB, small ? 1000 : 100_000)),
      ];
      await pause(decidedMs);
      return answers.join(', ');
    },
  },
  {
    name: 'tail-one-resource-of-many-scopes',
    number: 'tail sampling',
    config: tailed(),
    async run({ ports, small, pause }) {
      const scopes = small ? 2000 : 100_000;
      const body = (serial) =>
        field(
          1,
          Buffer.concat([
            resource('scopes', large(2 * MiB, serial)),
            ...Array.from({ length: scopes }, (_, i) =>
              field(2, Buffer.concat([field(1, text(`${serial} ${i}`)), spansOf(1)])),
            ),
          ]),
        );
      const answers = await send(ports.http, small ? 1 : 4, body, 1);
      await pause(decidedMs);
      return answers;
    },
  },
  {
    name: 'tail-stalled-backend',
    number: 'tail sampling',
    config: ({ ports }) => ({
      ...tailed(all)(),
      exporters: {
        otlp_grpc: {
          ...{ endpoint: `127.0.0.1:${ports.spare}`, tls: { insecure: true }, sending_queue: { enabled: false } },
          retry_on_failure: { enabled: false },
        },
      },
    }),
    // Nobody listens there, so that kept traces stay until there is no room for others: these wait for five seconds.
    shutsOut: true,
    mostWaitMs: 6000,
    async run({ ports, small, pause }) {
      const count = small ? 20_000 : 500_000;
      const answers = await send(ports.http, small ? 4 : 10, () => field(1, field(2, spansOf(count))));
      const tiny = await send(ports.http, small ? 200 : 5000, (serial) => oneSpan(serial, 'many'), small ? 50 : 1000);
      await pause(decidedMs);
      return `${answers}, ${tiny}`;
    },
  },
];
