// Traces for `load_balancing` with `routing_key: attributes`, where a table of trace IDs finds the first span of each.
import { field } from '../lib/otlp.mjs';
import { postHttp, tally } from '../lib/senders.mjs';
import { namedSpanSize, namedSpansOf } from '../lib/trace-ids.mjs';

const MiB = 2 ** 20;
/** A request whose IDs collide may take this many times as long as one of random IDs. */
const mostTimes = 2;

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
];
