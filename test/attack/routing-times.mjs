// node test/attack/routing-times.mjs (after a build): how long it takes to route and cut a request of 4 MiB in this
// process with `routing_key: attributes`, for random trace IDs and for those of one CRC-32. Fails when the crafted
// request takes more than twice as long as the random one.
import { routeBy } from '../../dist/exporters/load_balancing/route-by.js';
import { Ring } from '../../dist/otlp/keys/ring.js';
import { Routing } from '../../dist/otlp/keys/routing.js';
import { partition } from '../../dist/otlp/parts/partition.js';
import { atOnce } from '../../dist/otlp/work.js';
import { validate } from '../../dist/otlp/wire/validate.js';
import { field } from './lib/otlp.mjs';
import { namedSpanSize, namedSpansOf } from './lib/trace-ids.mjs';

const size = 4 * 2 ** 20;
const runs = 9;
const backends = ['10.0.0.1:4317', '10.0.0.2:4317', '10.0.0.3:4317'];

const ring = new Ring(backends, 3);
const route = routeBy(
  { routing_key: 'attributes', routing_attributes: ['span.name'], consistent_keys: false },
  'traces',
  Math.random,
);
const requests = ['random', 'sum'].map((kind) => ({
  kind,
  bytes: field(1, field(2, namedSpansOf(Math.floor(size / namedSpanSize), kind))),
  least: Infinity,
}));
for (let run = 0; run < runs; run++)
  for (const request of requests) {
    const batch = validate('traces', request.bytes);
    const partOf = new Int32Array(batch.itemCount);
    const began = performance.now();
    atOnce(new Routing(route, batch, ring, partOf));
    const parts = partition(batch, partOf, backends.length);
    request.least = Math.min(request.least, performance.now() - began);
    if (parts.filter(Boolean).length < 2) throw new Error('the request was not split');
  }
for (const { kind, bytes, least } of requests)
  console.log(`${kind}: ${(bytes.length / 2 ** 20).toFixed(2)} MiB routed and cut in ${least.toFixed(1)} ms`);
const [random, colliding] = requests;
process.exit(colliding.least <= 2 * random.least ? 0 : 1);
