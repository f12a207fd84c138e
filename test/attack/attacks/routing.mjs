// Traces for `load_balancing` with `routing_key: attributes`, where a table of trace IDs finds the first span of each.
import { field, namedSpan } from '../lib/otlp.mjs';
import { helper } from '../lib/processes.mjs';
import { callGrpc, postHttp, tally } from '../lib/senders.mjs';
import { namedSpanSize, namedSpansOf } from '../lib/trace-ids.mjs';

const MiB = 2 ** 20;
/** A request whose IDs collide may take this many times as long as one of random IDs. */
const mostTimes = 2;

const at = (port) => ({ endpoint: `127.0.0.1:${port}` });
const protocols = (grpc, http) => ({ protocols: { grpc: at(grpc), http: at(http) } });

export const attacks = [
  {
    name: 'routing-colliding-trace-ids',
    number: 4,
    config: ({ ports }) => ({
      exporters: {
        load_balancing: {
          ...{ routing_key: 'attributes', routing_attributes: ['span.name'] },
          protocol: { otlp: { tls: { insecure: true } } },
          resolver: { static: { hostnames: [`127.0.0.1:${ports.sinkGrpc}`, `localhost:${ports.sinkGrpc}`] } },
        },
      },
      pipelines: { traces: { receivers: ['otlp'], exporters: ['load_balancing'] } },
    }),
    async run({ ports, small, faults }) {
      const count = Math.floor((small ? MiB / 2 : 4 * MiB) / namedSpanSize);
      const least = { random: Infinity, sum: Infinity };
      const answers = [];
      for (let turn = 0; turn < (small ? 2 : 8); turn++)
        for (const kind of Object.keys(least)) {
          const body = field(1, field(2, namedSpansOf(count, kind)));
          const began = performance.now();
          answers.push(await postHttp(ports.http, body));
          least[kind] = Math.min(least[kind], performance.now() - began);
        }
      const times = `random IDs ${least.random.toFixed(0)} ms, colliding ${least.sum.toFixed(0)} ms`;
      if (!small && least.sum > mostTimes * least.random) faults.push(`${times}: more than ${mostTimes} times as long`);
      return `${JSON.stringify(tally(answers))}, ${times}`;
    },
  },
  {
    name: 'routing-a-full-part',
    number: 21,
    prepare: ({ ports }) => helper('sink.mjs', { ports: { grpc: ports.spare, http: ports.zpages }, items: true }),
    cleanUp: (sink) => sink.stop(),
    // Nothing listens at the second address: its queue fills up, and requests with a part for it are refused.
    config: ({ ports }) => ({
      receivers: {
        otlp: protocols(ports.grpc, ports.http),
        'otlp/parts': { protocols: { grpc: at(ports.health) } },
      },
      exporters: {
        otlp_grpc: { endpoint: `127.0.0.1:${ports.sinkGrpc}`, tls: { insecure: true } },
        load_balancing: {
          ...{ routing_key: 'traceID' },
          protocol: {
            otlp: {
              tls: { insecure: true },
              sending_queue: { queue_size: 2 },
              retry_on_failure: { initial_interval: '200ms', max_interval: '1s', max_elapsed_time: '5s' },
            },
          },
          resolver: { static: { hostnames: [`127.0.0.1:${ports.spare}`, `127.0.0.1:${ports.spare2}`] } },
        },
      },
      pipelines: {
        traces: { receivers: ['otlp'], exporters: ['otlp_grpc'] },
        'traces/parts': { receivers: ['otlp/parts'], exporters: ['load_balancing'] },
      },
    }),
    start: { args: ['--drain-timeout', '3s'] },
    ends: [0, 1],
    async run({ ports, small, before, faults }) {
      const answers = [];
      const requests = small ? 20 : 100;
      for (let i = 0; i < requests; i++) {
        const spans = Array.from({ length: 20 }, (_, k) => field(2, namedSpan(`item-${i * 20 + k};`)));
        const body = field(1, field(2, Buffer.concat(spans)));
        // An obedient sender: the same request again while the answer is UNAVAILABLE.
        for (let tries = 0; tries < 4; tries++) {
          const [answer] = await callGrpc(ports.health, [body]);
          answers.push(answer);
          if (answer !== 'grpc 14') break;
        }
      }
      const counts = tally(answers);
      if (!counts['grpc 14']) faults.push('no request was refused, so that nothing was shown');
      const twice = Object.entries(await before.ask({})).filter(([, times]) => times > 1);
      if (twice.length > 0) faults.push(`${twice.length} spans arrived more than once, such as ${twice[0][0]}`);
      return JSON.stringify(counts);
    },
  },
];
