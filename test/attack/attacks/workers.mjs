// Attacks on several workers: each has a share of the memory, and the books of all are one.
import { encode } from '../lib/encodings.mjs';
import { configOf } from '../lib/config.mjs';
import { dialHttp2, exportFields, headers } from '../lib/http2-bytes.mjs';
import { empties, longName, oneSpan } from '../lib/otlp.mjs';
import { helper } from '../lib/processes.mjs';
import { callGrpc, postHttp, tally } from '../lib/senders.mjs';

const MiB = 2 ** 20;
const start = { args: ['--workers', '2'] };

/** Addresses of rollout `turn`, ten of them, none of which another rollout has. */
const addressesOf = (turn) => Array.from({ length: 10 }, (_, i) => `127.0.${turn + 1}.${i + 1}`);
const rollouts = (small) => (small ? 4 : 20);

const routing = (ports, hosts) => ({
  exporters: {
    load_balancing: {
      ...{ routing_key: 'traceID' },
      protocol: { otlp: { tls: { insecure: true } } },
      resolver: { static: { hostnames: hosts.map((host) => `${host}:${ports.spare}`) } },
    },
  },
  pipelines: { traces: { receivers: ['otlp'], exporters: ['load_balancing'] } },
});

const timesReady = (target) => target.output.split('Everything is ready').length - 1;

export const attacks = [
  {
    name: 'workers-hostile-bodies',
    number: 3,
    start,
    prepare: async ({ small }) => ({
      bomb: await encode('gzip', longName((small ? 4 : 19) * MiB)),
      tiny: await encode('gzip', empties('spans', small ? 200_000 : 2_000_000)),
    }),
    async run({ ports, small, before }) {
      // Streams that trickle, over many connections: each worker has some.
      const slow = Array.from({ length: 50 }, () => {
        const connection = dialHttp2(ports.grpc);
        for (let stream = 1; stream < 100; stream += 2) connection.send(headers(stream, exportFields()));
        return connection;
      });
      const answers = [];
      for (let round = 0; round < (small ? 1 : 4); round++)
        for (const body of [before.bomb, before.tiny]) {
          const posts = Array.from({ length: small ? 4 : 20 }, () =>
            postHttp(ports.http, body, { headers: { 'content-encoding': 'gzip' } }),
          );
          answers.push(...(await Promise.all([...posts, callGrpc(ports.grpc, [body, body], 'gzip')])).flat());
        }
      for (const { end } of slow) end();
      return JSON.stringify(tally(answers));
    },
  },
  {
    name: 'workers-that-die',
    number: 17,
    start,
    // A request that a killed worker had in its hands has no answer.
    async run({ target, ports, small, faults }) {
      for (let i = 0; i < (small ? 2 : 6); i++) {
        const posts = Array.from({ length: 20 }, () => postHttp(ports.http, longName(MiB)));
        const [first] = target.workers;
        process.kill(Number(first), 'SIGKILL');
        await Promise.all(posts);
        const listens = () => target.output.split('Starting HTTP server').length - 1 >= i + 3;
        for (let waits = 0; waits < 200 && !listens(); waits++) await new Promise((resolve) => setTimeout(resolve, 50));
        if (!listens()) faults.push('no worker took the place of one that was killed');
      }
    },
  },
  {
    name: 'workers-and-rollouts-of-backends',
    number: 17,
    start,
    prepare: async ({ ports, small }) => {
      const hosts = Array.from({ length: rollouts(small) + 1 }, (_, turn) => addressesOf(turn)).flat();
      return helper('sink.mjs', { ports: { grpc: ports.spare, http: ports.spare2 }, hosts });
    },
    cleanUp: (sink) => sink.stop(),
    config: ({ ports }) => routing(ports, addressesOf(0)),
    async run({ target, ports, small, faults }) {
      for (let turn = 0; turn < rollouts(small); turn++) {
        target.configure(configOf(ports, routing(ports, addressesOf(turn + 1))));
        target.signal('SIGHUP');
        for (let waits = 0; waits < 100 && timesReady(target) < turn + 2; waits++)
          await new Promise((resolve) => setTimeout(resolve, 50));
        if (timesReady(target) < turn + 2) {
          faults.push(`rollout ${turn + 1} was not ready within 5 s`);
          return;
        }
        for (let i = 0; i < 40; i++) await postHttp(ports.http, oneSpan(turn * 1000 + i));
      }
      if (target.ended) faults.push('a rollout ended the process');
      return `${rollouts(small) * 10} addresses`;
    },
    judge: (log) => (/incomplete|do not fit/.test(log) ? ['the books of a worker did not fit'] : []),
  },
];
