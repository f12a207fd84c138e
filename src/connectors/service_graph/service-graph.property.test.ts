import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  clientLatency,
  graphWorld,
  pointsOf,
  requestTotal,
  serverLatency,
  type GraphSpan,
} from '../../../test/support/service-graph.js';
import type { SpanKind } from '../../otlp/build/spans.js';

/** An edge as the reference knows it. */
interface PlainEdge {
  readonly root: boolean;
  readonly expires: number;
  client: string;
  server: string;
  connection: string;
  failed: boolean;
  peer: string | undefined;
  clientMs: number;
  serverMs: number;
  spans: number;
  readonly dimensions: Record<string, string>;
}

interface PlainSeries {
  count: number;
  clientMs: number;
  serverMs: number;
}

interface Options {
  readonly maxItems: number;
  readonly ttlMs: number;
  readonly dimensions: readonly string[];
  readonly peers: readonly string[];
}

/** The connector as the specification tells it, one object for each edge. */
class Reference {
  readonly series: Map<string, PlainSeries> = new Map();
  readonly #options: Options;
  readonly #edges: Map<string, PlainEdge> = new Map();
  opened = 0;
  expired = 0;
  dropped = 0;

  constructor(options: Options) {
    this.#options = options;
  }

  get waiting(): number {
    return [...this.#edges.values()].reduce((sum, { spans }) => sum + spans, 0);
  }

  add(span: GraphSpan, now: number): void {
    const { service, kind, attributes = {}, resource = {}, lasts = 0 } = span;
    if (service === undefined || service === '' || kind === 'internal' || kind === 'unspecified') return;
    const isClient = kind === 'client' || kind === 'producer';
    const clientId = isClient ? span.id : (span.parent ?? 0);
    const key = `${span.trace} ${clientId}`;
    const known = this.#edges.get(key);
    const edge: PlainEdge = known ?? {
      ...{ root: clientId === 0, expires: now + this.#options.ttlMs, client: '', server: '', connection: '' },
      ...{ failed: false, peer: undefined, clientMs: 0, serverMs: 0, spans: 0, dimensions: {} },
    };
    edge.spans++;
    edge.connection = kind === 'producer' || kind === 'consumer' ? 'messaging_system' : '';
    edge.failed ||= span.failed === true;
    for (const name of this.#options.dimensions) {
      const value = resource[name] ?? attributes[name];
      if (value !== undefined) edge.dimensions[`${isClient ? 'client' : 'server'}_${name}`] = String(value);
    }
    if (isClient) {
      edge.client = service;
      edge.clientMs = lasts;
      const peer = this.#options.peers.find((name) => attributes[name] !== undefined);
      if (peer !== undefined) edge.peer = String(attributes[peer]);
      const database = resource['db.name'] ?? attributes['db.name'];
      if (database !== undefined) {
        edge.connection = 'database';
        edge.server = String(database);
        edge.serverMs = lasts;
      }
    } else {
      edge.server = service;
      edge.serverMs = lasts;
    }
    if (edge.client !== '' && edge.server !== '') {
      if (!known) this.opened++;
      this.#edges.delete(key);
      this.#count(edge);
      return;
    }
    if (known) return;
    while (this.#edges.size >= this.#options.maxItems) if (!this.#expireOldest(now)) return void this.dropped++;
    this.opened++;
    this.#edges.set(key, edge);
  }

  expire(now: number): void {
    while (this.#expireOldest(now));
  }

  #expireOldest(now: number): boolean {
    const [oldest] = this.#edges;
    if (!oldest || oldest[1].expires > now) return false;
    const [key, edge] = oldest;
    this.#edges.delete(key);
    this.expired++;
    if (this.#options.peers.length === 0) return true;
    edge.connection = 'virtual_node';
    if (edge.client === '' && edge.root) edge.client = 'user';
    else if (edge.server === '') edge.server = edge.peer ?? 'unknown';
    else return true;
    this.#count(edge);
    return true;
  }

  #count({ client, server, connection, failed, dimensions, clientMs, serverMs }: PlainEdge): void {
    const key = keyOf({ client, server, connection_type: connection, failed, ...dimensions });
    const series = this.series.get(key) ?? { count: 0, clientMs: 0, serverMs: 0 };
    this.series.set(key, series);
    series.count++;
    series.clientMs += clientMs;
    series.serverMs += serverMs;
  }
}

const keyOf = (labels: Readonly<Record<string, string | boolean>>): string =>
  JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));

const texts = fc.constantFrom('', 'a', 'b', 'shop', 'x'.repeat(40));
const some = (names: readonly string[]): fc.Arbitrary<Record<string, string | number | boolean>> =>
  fc.dictionary(fc.constantFrom(...names), fc.oneof(texts, fc.integer({ min: -3, max: 3 }), fc.boolean()), {
    maxKeys: 2,
  });
const span: fc.Arbitrary<GraphSpan> = fc.record({
  service: fc.oneof({ weight: 6, arbitrary: fc.constantFrom('shop', 'stock', 'pay') }, texts, fc.constant(undefined)),
  kind: fc.constantFrom<SpanKind>('client', 'client', 'server', 'server', 'producer', 'consumer', 'internal'),
  trace: fc.integer({ min: 1, max: 4 }),
  id: fc.integer({ min: 0, max: 4 }),
  parent: fc.integer({ min: 0, max: 4 }),
  lasts: fc.integer({ min: 0, max: 20_000 }),
  failed: fc.boolean(),
  attributes: some(['peer.service', 'db.name', 'db.system', 'zone', 'route']),
  resource: some(['db.name', 'zone']),
});
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ spans: fc.array(span, { minLength: 1, maxLength: 6 }) }) },
  { weight: 1, arbitrary: fc.record({ pass: fc.integer({ min: 1, max: 3000 }) }) },
);

test('edges, series and counters are those of a plain reference, and every span has its outcome', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 40 }),
      fc.record({
        maxItems: fc.constantFrom(0, 1, 3, 1000),
        dimensions: fc.subarray(['zone', 'route']),
        peers: fc.subarray(['peer.service', 'db.name', 'db.system']),
        exponential: fc.boolean(),
      }),
      async (steps, { maxItems, dimensions, peers, exponential }) => {
        const ttlMs = 2000;
        const reference = new Reference({ maxItems, ttlMs, dimensions, peers });
        const world = await graphWorld({
          ...{ store: { max_items: maxItems, ttl: '2s' }, store_expiration_loop: '500ms', dimensions },
          ...{ virtual_node_peer_attributes: peers, exponential_histogram_max_size: exponential ? 20 : 0 },
          metrics_flush_interval: '100h',
        });
        const began = world.clock.now();
        let sent = 0;
        for (const action of steps) {
          if ('spans' in action) {
            sent += action.spans.length;
            for (const each of action.spans) reference.add(each, world.clock.now());
            await world.send(...action.spans);
          } else
            for (let left = action.pass; left > 0;) {
              // Edges expire at the ticks of the loop.
              const untilTick = 500 - ((world.clock.now() - began) % 500);
              const passes = Math.min(left, untilTick);
              await world.clock.pass(passes);
              left -= passes;
              if ((world.clock.now() - began) % 500 === 0) reference.expire(world.clock.now());
            }
          expect(world.books.balance).toBe(0);
          expect(world.books.heldItems['pending'] ?? 0).toBe(reference.waiting);
        }
        const dropped = world.metrics['otelcol_connector_servicegraph_dropped_spans'] ?? 0;
        expect(dropped).toBe(reference.dropped);
        expect(world.books.droppedItems['store_full'] ?? 0).toBe(dropped);
        reference.expire(Infinity);
        await world.connector.shutdown?.(new AbortController().signal);
        expect(world.metrics['otelcol_connector_servicegraph_total_edges'] ?? 0).toBe(reference.opened);
        expect(world.metrics['otelcol_connector_servicegraph_expired_edges'] ?? 0).toBe(reference.expired);
        expect([world.books.inItems, world.books.balance, world.books.heldItems['pending'] ?? 0]).toEqual([sent, 0, 0]);
        const metrics = world.next.take();
        const found = new Map(pointsOf(metrics, requestTotal).map(({ labels, count }) => [keyOf(labels), count]));
        expect(found).toEqual(new Map([...reference.series].map(([key, { count }]) => [key, count])));
        for (const [name, field] of [
          [clientLatency, 'clientMs'],
          [serverLatency, 'serverMs'],
        ] as const)
          for (const { labels, sum, count } of pointsOf(metrics, name)) {
            const series = reference.series.get(keyOf(labels));
            expect(count).toBe(series?.count);
            expect(sum ?? 0).toBeCloseTo((series?.[field] ?? 0) / 1000, 9);
          }
      },
    ),
    { numRuns: 120 },
  );
});
