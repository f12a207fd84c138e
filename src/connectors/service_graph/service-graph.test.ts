import { expect, test } from 'vitest';
import {
  clientLatency,
  failedTotal,
  graphWorld,
  pointsOf,
  requestTotal,
  serverLatency,
  type GraphSpan,
  type JsonMetric,
} from '../../../test/support/service-graph.js';
import { emptyContext } from '../../component/consumer.js';
import { DeliveryError } from '../../component/delivery-error.js';
import { Batch } from '../../otlp/batch.js';
import { definition } from './index.js';

const client: GraphSpan = { service: 'shop', kind: 'client', trace: 1, id: 1, lasts: 30 };
const server: GraphSpan = { service: 'stock', kind: 'server', trace: 1, id: 2, parent: 1, lasts: 20 };

const labelsOf = (metrics: readonly JsonMetric[]): Readonly<Record<string, string | boolean>>[] =>
  pointsOf(metrics, requestTotal).map(({ labels }) => labels);
const edge = (client: string, server: string, type = '', failed = false): Record<string, string | boolean> => ({
  ...{ client, server, connection_type: type, failed },
});

test('a client and a server make an edge, whichever comes first', async () => {
  const world = await graphWorld();
  await world.send(client, server);
  await world.send({ ...server, trace: 2 });
  await world.send({ ...client, trace: 2 });
  const metrics = await world.flushed();
  expect(metrics.map(({ name, unit = '' }) => [name, unit])).toEqual([
    [requestTotal, ''],
    [serverLatency, 's'],
    [clientLatency, 's'],
  ]);
  expect(metrics[0]?.sum).toMatchObject({ isMonotonic: true, aggregationTemporality: 2 });
  expect(metrics[1]?.histogram?.aggregationTemporality).toBe(2);
  expect(pointsOf(metrics, requestTotal)).toEqual([
    { labels: edge('shop', 'stock'), start: 1_700_000_001_000, time: 1_700_000_061_000, count: 2 },
  ]);
  const [latency] = pointsOf(metrics, clientLatency);
  expect(latency?.sum).toBeCloseTo(0.06, 12);
  expect(latency?.bounds).toEqual([0.002, 0.004, 0.006, 0.008, 0.01, 0.05, 0.1, 0.2, 0.4, 0.8, 1, 1.4, 2, 5, 10, 15]);
  expect(latency?.buckets).toEqual([0, 0, 0, 0, 0, 2, ...Array.from({ length: 11 }, () => 0)]);
  expect(pointsOf(metrics, serverLatency)[0]?.sum).toBeCloseTo(0.04, 12);
  expect([world.books.outItems, world.books.droppedItems]).toEqual([4, {}]);
  expect([world.books.balance, world.points.balance, world.points.outItems]).toEqual([0, 0, 3]);
  expect(world.metrics['otelcol_connector_servicegraph_total_edges']).toBe(2);
});

test('the scope has the name that the Collector gives it, and the resource is empty', async () => {
  const world = await graphWorld();
  await world.send(client, server);
  await world.clock.pass(60_000);
  expect(world.next.bodies).toHaveLength(1);
  expect(world.next.bodies[0]?.resourceMetrics[0]?.resource?.attributes ?? []).toEqual([]);
  expect(world.next.bodies[0]?.resourceMetrics[0]?.scopeMetrics[0]?.scope.name).toBe('traces_service_graph');
});

test('nothing is sent before there is an edge', async () => {
  const world = await graphWorld();
  await world.send({ ...client, kind: 'internal' }, { ...server, service: undefined });
  await world.clock.pass(120_000);
  expect(world.next.bodies).toEqual([]);
  expect([world.books.outItems, world.books.droppedItems]).toEqual([1, { no_service_name: 1 }]);
});

test('a producer and a consumer are connected by a messaging system', async () => {
  const world = await graphWorld();
  await world.send({ ...client, kind: 'producer' }, { ...server, kind: 'consumer' });
  expect(labelsOf(await world.flushed())).toEqual([edge('shop', 'stock', 'messaging_system')]);
});

test('a call of a database is an edge of one span, and its latency is that of both sides', async () => {
  const world = await graphWorld({ database_name_attributes: ['db.namespace', 'db.name'] });
  await world.send({ ...client, attributes: { 'db.name': 'late', 'db.namespace': 'orders' } });
  await world.send({ ...client, resource: { 'db.name': 'of the resource' }, id: 5 });
  const metrics = await world.flushed();
  expect(labelsOf(metrics)).toEqual([edge('shop', 'of the resource', 'database'), edge('shop', 'orders', 'database')]);
  expect(pointsOf(metrics, serverLatency).map(({ sum }) => sum)).toEqual([0.03, 0.03]);
  expect(world.metrics['otelcol_connector_servicegraph_total_edges']).toBe(2);
});

test('an error on either side makes the edge a failed one', async () => {
  const world = await graphWorld();
  await world.send(client, { ...server, failed: true });
  await world.send({ ...client, trace: 2, failed: true }, { ...server, trace: 2 });
  await world.send({ ...client, trace: 3 }, { ...server, trace: 3 });
  const metrics = await world.flushed();
  expect(pointsOf(metrics, requestTotal).map(({ labels, count }) => [labels['failed'], count])).toEqual([
    [false, 1],
    [true, 2],
  ]);
  expect(pointsOf(metrics, failedTotal).map(({ labels, count }) => [labels, count])).toEqual([
    [edge('shop', 'stock', '', true), 2],
  ]);
});

test('virtual nodes stand for a user, for a peer by its attributes, and for what nothing names', async () => {
  const world = await graphWorld({ virtual_node_extra_label: true });
  await world.send({ ...server, parent: 0 });
  await world.send({ ...client, trace: 2, attributes: { 'db.system': 'redis', 'peer.service': 'cache' } });
  await world.send({ ...client, trace: 3 });
  await world.send({ ...server, trace: 4 });
  await world.clock.pass(4000);
  const metrics = await world.flushed();
  expect(labelsOf(metrics)).toEqual([
    { ...edge('user', 'stock', 'virtual_node'), virtual_node: 'client' },
    { ...edge('shop', 'unknown', 'virtual_node'), virtual_node: 'server' },
    { ...edge('shop', 'cache', 'virtual_node'), virtual_node: 'server' },
  ]);
  expect(pointsOf(metrics, clientLatency).map(({ sum }) => sum)).toEqual([0, 0.03, 0.03]);
  // A server whose client has an ID, and no spans, may be called by anybody.
  expect([world.books.outItems, world.books.droppedItems]).toEqual([3, { unpaired: 1 }]);
  expect(world.metrics['otelcol_connector_servicegraph_expired_edges']).toBe(4);
  expect([world.books.balance, world.metrics['kanmon_service_graph_pending_edges']]).toEqual([0, 0]);
});

test('the extra label is on every series, and changes no value', async () => {
  const [plain, labelled] = await Promise.all([
    graphWorld({ store: { ttl: '1s' }, metrics_flush_interval: '2s' }),
    graphWorld({ store: { ttl: '1s' }, metrics_flush_interval: '2s', virtual_node_extra_label: true }),
  ]);
  const seen = [];
  for (const world of [plain, labelled]) {
    await world.send(client, server, { ...client, trace: 2 });
    await world.clock.pass(2000);
    seen.push(pointsOf(await world.flushed(), requestTotal));
  }
  const [without = [], withLabel = []] = seen;
  expect(without.map(({ labels, count }) => [labels['server'], count])).toEqual([
    ['stock', 1],
    ['unknown', 1],
  ]);
  expect(withLabel.map(({ labels, count }) => [labels['server'], labels['virtual_node'], count])).toEqual([
    ['stock', '', 1],
    ['unknown', 'server', 1],
  ]);
});

test('without peer attributes an edge of which one half does not come is none', async () => {
  const world = await graphWorld({ virtual_node_peer_attributes: [] });
  await world.send(client, { ...server, trace: 2, parent: 0 });
  await world.clock.pass(120_000);
  expect(world.next.bodies).toEqual([]);
  expect(world.books.droppedItems).toEqual({ unpaired: 2 });
});

test('dimensions are those of resource before span, by side, and those of one side stay', async () => {
  const world = await graphWorld({ dimensions: ['zone', 'route', 'both'] });
  await world.send(
    { ...client, attributes: { route: '/cart', both: 'span' }, resource: { both: 'resource' } },
    { ...server, attributes: { both: 7 }, resource: { zone: 'eu' } },
    { ...client, trace: 2, attributes: { route: '/pay' } },
  );
  await world.clock.pass(4000);
  expect(labelsOf(await world.flushed())).toEqual([
    { ...edge('shop', 'stock'), server_zone: 'eu', client_route: '/cart', client_both: 'resource', server_both: '7' },
    { ...edge('shop', 'unknown', 'virtual_node'), client_route: '/pay' },
  ]);
});

test('an empty service name names no service', async () => {
  const world = await graphWorld();
  await world.send({ ...client, service: '' }, server);
  await world.clock.pass(10_000);
  expect(world.books.droppedItems).toEqual({ no_service_name: 1, unpaired: 1 });
});

test('a span that ends before it begins took no time', async () => {
  const world = await graphWorld();
  await world.send({ ...client, lasts: -5 }, server);
  expect(pointsOf(await world.flushed(), clientLatency)[0]?.sum).toBe(0);
});

test('halves wait for `store::ttl`, and no longer', async () => {
  const world = await graphWorld({ store: { ttl: '3s' }, store_expiration_loop: '100ms' });
  await world.send(client);
  await world.clock.pass(2999);
  await world.send(server, { ...client, trace: 2 });
  await world.clock.pass(3100);
  await world.send({ ...server, trace: 2 });
  expect(world.metrics['otelcol_connector_servicegraph_expired_edges']).toBe(1);
  expect(world.metrics['otelcol_connector_servicegraph_total_edges']).toBe(3);
  expect(world.books.heldItems['pending']).toBe(1);
});

test('a full store drops spans, which are counted and booked, until time makes room', async () => {
  const world = await graphWorld({ store: { max_items: 2, ttl: '2s' }, store_expiration_loop: '1h' });
  for (const trace of [1, 2, 3, 4]) await world.send({ ...client, trace });
  expect(world.metrics['otelcol_connector_servicegraph_dropped_spans']).toBe(2);
  expect(world.books.droppedItems).toEqual({ store_full: 2 });
  expect(world.lines.map(({ message, fields }) => [message, fields?.['edges']])).toEqual([
    ['A span is dropped, as too many edges wait for their other half', 2],
  ]);
  // Its edge waits already, so that it needs no room.
  await world.send({ ...server, trace: 2 });
  await world.send({ ...client, trace: 5 });
  await world.clock.pass(2000);
  await world.send({ ...client, trace: 6 });
  expect(world.metrics['otelcol_connector_servicegraph_dropped_spans']).toBe(2);
  expect(world.books.heldItems['pending']).toBe(2);
  expect(world.books.balance).toBe(0);
});

test('the memory of what waits has a bound, and what series there are goes on', async () => {
  const world = await graphWorld({ store: { max_items: 1_000_000, ttl: '1h' }, max_bytes: 100_000 });
  await world.send(client, server);
  const long = 'x'.repeat(1000);
  for (let trace = 10; trace < 200; trace++)
    await world.send({ ...client, trace, attributes: { 'peer.service': `${long}${trace}` } });
  expect(world.metrics['kanmon_service_graph_bytes']).toBeLessThanOrEqual(100_000);
  expect(world.metrics['kanmon_service_graph_pending_edges']).toBeGreaterThan(20);
  expect(world.books.droppedItems['store_full']).toBeGreaterThan(50);
  await world.send({ ...client, trace: 300, attributes: { 'peer.service': 'stock' } }, { ...server, trace: 300 });
  expect(pointsOf(await world.flushed(), requestTotal)).toMatchObject([{ labels: edge('shop', 'stock') }]);
  expect(world.books.balance).toBe(0);
});

test('the memory of edges and series that are gone is free again', async () => {
  const world = await graphWorld({
    ...{ store: { max_items: 1_000_000 }, dimensions: ['user'], max_bytes: 300_000 },
    ...{ store_expiration_loop: '1m', cache_loop: '5m', metrics_flush_interval: '1h' },
    exponential_histogram_max_size: 20,
  });
  const own = (): (number | undefined)[] =>
    ['pending_edges', 'series', 'bytes'].map((name) => world.metrics[`kanmon_service_graph_${name}`]);
  const before = own();
  const waves: unknown[] = [];
  for (let wave = 0; wave < 4; wave++) {
    const spans = Array.from({ length: 500 }, (_, i) => ({
      ...client,
      trace: wave * 1000 + i + 1,
      lasts: i * i,
      attributes: { user: `${wave} ${'x'.repeat(200)} ${i}`, 'peer.service': `${wave} peer ${i}` },
    }));
    await world.send(...spans, { ...server, trace: wave * 1000 + 1 });
    const waiting = own();
    await world.clock.pass(60_000);
    waves.push([waiting, own()]);
    await world.clock.pass(20 * 60_000);
    expect(own()).toEqual(before);
  }
  expect(world.metrics['otelcol_connector_servicegraph_expired_edges']).toBeGreaterThan(400);
  expect(waves).toEqual(waves.map(() => waves[0]));
});

test('series beyond the limit are counted together, and a line names the label with the most values', async () => {
  const world = await graphWorld({ aggregation_cardinality_limit: 2, dimensions: ['user'] });
  for (let i = 0; i < 5; i++)
    await world.send(
      { ...client, trace: i + 1, attributes: { user: `u${i}` }, failed: i === 4 },
      {
        ...server,
        trace: i + 1,
      },
    );
  await world.send({ ...client, trace: 9, attributes: { user: 'u0' } }, { ...server, trace: 9 });
  const metrics = await world.flushed();
  expect(pointsOf(metrics, requestTotal).map(({ labels, count }) => [labels['client_user'] ?? labels, count])).toEqual([
    ['u1', 1],
    ['u0', 2],
    [{ 'otel.metric.overflow': true }, 3],
  ]);
  expect(pointsOf(metrics, failedTotal)).toMatchObject([{ labels: { 'otel.metric.overflow': true }, count: 1 }]);
  expect(pointsOf(metrics, serverLatency).map(({ count }) => count)).toEqual([1, 2, 3]);
  await world.clock.pass(60_000);
  expect(world.lines).toMatchObject([{ level: 'warn', fields: { series: 3, label: 'client_user', values: 2 } }]);
});

test('series are cumulative, and one that has not changed for 15 minutes begins anew', async () => {
  const world = await graphWorld();
  await world.send(client, server);
  await world.flushed();
  await world.send(client, server);
  expect(pointsOf(await world.flushed(), requestTotal)[0]).toMatchObject({ start: 1_700_000_001_000, count: 2 });
  await world.clock.pass(13 * 60_000);
  expect(pointsOf(await world.flushed(), requestTotal)).toHaveLength(1);
  await world.clock.pass(3 * 60_000);
  expect(await world.flushed()).toEqual([]);
  expect(world.metrics['kanmon_service_graph_series']).toBe(0);
  await world.send(client, server);
  const [point] = pointsOf(await world.flushed(), requestTotal);
  expect(point?.count).toBe(1);
  expect(point?.start).toBe((point?.time ?? 0) - 60_000);
});

test('exponential histograms have the same counts', async () => {
  const world = await graphWorld({ exponential_histogram_max_size: 10 });
  await world.send(client, server, { ...client, trace: 2, lasts: 60 }, { ...server, trace: 2, lasts: 0 });
  const metrics = await world.flushed();
  expect(metrics.at(-1)?.exponentialHistogram?.aggregationTemporality).toBe(2);
  expect(pointsOf(metrics, clientLatency)).toMatchObject([{ count: 2, sum: 0.09 }]);
  expect(pointsOf(metrics, serverLatency)).toMatchObject([{ count: 2, sum: 0.02, buckets: [1] }]);
});

test('the offset moves all times', async () => {
  const world = await graphWorld({ metrics_timestamp_offset: '1h' });
  await world.send(client, server);
  const metrics = await world.flushed();
  for (const name of [requestTotal, clientLatency, serverLatency])
    expect(pointsOf(metrics, name)).toMatchObject([{ start: 1_699_996_401_000, time: 1_699_996_461_000 }]);
});

test('the gates of the Collector change names, units and virtual nodes', async () => {
  const legacy = new Set([
    'connector.servicegraph.legacyLatencyMetricNames',
    'connector.servicegraph.legacyLatencyUnitMs',
  ]);
  const world = await graphWorld({}, legacy);
  await world.send(client, server, { ...client, trace: 2 });
  await world.clock.pass(4000);
  const metrics = await world.flushed();
  expect(labelsOf(metrics)).toEqual([edge('shop', 'stock')]);
  expect(metrics.map(({ name, unit = '' }) => [name, unit])).toEqual([
    [requestTotal, ''],
    ['traces_service_graph_request_duration', 'ms'],
  ]);
  expect(pointsOf(metrics, 'traces_service_graph_request_duration')).toMatchObject([
    { sum: 20, bounds: [2, 4, 6, 8, 10, 50, 100, 200, 400, 800, 1000, 1400, 2000, 5000, 10_000, 15_000] },
  ]);
});

test('an instance has a label of its own', async () => {
  const world = await graphWorld({ collector_instance_id: 'pod-1' });
  await world.send(client, server);
  expect(labelsOf(await world.flushed())).toEqual([{ ...edge('shop', 'stock'), 'collector.instance.id': 'pod-1' }]);
});

test('with an interval of 0 every request is followed by a flush', async () => {
  const world = await graphWorld({ metrics_flush_interval: '0s' });
  await world.send(client, server);
  await world.clock.pass(0);
  expect(pointsOf(world.next.take(), requestTotal)).toMatchObject([{ count: 1 }]);
  await Promise.all([2, 3, 4].map((trace) => world.send({ ...client, trace }, { ...server, trace })));
  await world.clock.pass(0);
  expect(pointsOf(world.next.take(), requestTotal).at(-1)).toMatchObject({ count: 4 });
  await world.clock.pass(3_600_000);
  expect(world.next.take()).toEqual([]);
});

test('what the next component refuses is offered again, and no point overtakes it', async () => {
  const world = await graphWorld();
  await world.send(client, server);
  world.next.failure = new DeliveryError('later', { class: 'retryable', reason: 'backend_refused' });
  // Refused at the flush, 60 s from the start, and at 109 s, it is offered again at 135 s; the next flush is at 120 s.
  await world.clock.pass(118_000);
  await world.send({ ...client, trace: 2 }, { ...server, trace: 2 });
  world.next.failure = undefined;
  await world.clock.pass(60_000);
  await world.clock.pass(60_000);
  const counts = pointsOf(world.next.take(), requestTotal).map(({ count }) => count);
  expect(counts[0]).toBe(1);
  expect(counts.at(-1)).toBe(2);
  expect(counts.toSorted((a, b) => a - b)).toEqual(counts);
  expect(world.points.balance).toBe(0);
});

test('a shutdown ends what waits and sends everything', async () => {
  const world = await graphWorld();
  await world.send(client, server, { ...client, trace: 2 });
  await world.connector.shutdown?.(new AbortController().signal);
  expect(pointsOf(world.next.take(), requestTotal).map(({ labels }) => labels['server'])).toEqual(['stock', 'unknown']);
  expect([world.books.balance, world.books.heldItems['pending'], world.points.balance]).toEqual([0, 0, 0]);
  await world.clock.pass(3_600_000);
  expect(world.next.take()).toEqual([]);
  expect(world.metrics['kanmon_service_graph_series']).toBeUndefined();
});

test('when the deadline has passed the points are booked as lost', async () => {
  const world = await graphWorld();
  await world.send(client, server);
  world.next.failure = new DeliveryError('later', { class: 'retryable', reason: 'backend_refused' });
  await world.connector.shutdown?.(AbortSignal.abort());
  expect(world.points.droppedItems).toEqual({ shutdown: 3 });
  expect(world.points.balance).toBe(0);
});

test('deprecated and contradicting options are named', async () => {
  const world = await graphWorld({ database_name_attribute: 'db.instance' });
  await world.send({ ...client, attributes: { 'db.instance': 'orders' } });
  expect(labelsOf(await world.flushed())).toEqual([edge('shop', 'orders', 'database')]);
  expect(world.lines[0]?.message).toBe('`database_name_attribute` is deprecated, use `database_name_attributes`');
  const faults = (value: unknown): string[] =>
    definition.config.safeParse(value).error?.issues.map(({ message, path }) => `${path.join('.')}: ${message}`) ?? [];
  expect(faults({ latency_histogram_buckets: ['1s'], exponential_histogram_max_size: 10 })).toEqual([
    'exponential_histogram_max_size: use either `latency_histogram_buckets` or `exponential_histogram_max_size`',
  ]);
  expect(faults({ exponential_histogram_max_size: -1 })).toEqual([
    'exponential_histogram_max_size: `exponential_histogram_max_size` can not be negative',
  ]);
  expect(faults({ dimensions: ['a', '', 'a'] })).toEqual([
    'dimensions.1: must not be empty',
    'dimensions.2: duplicate dimension name "a"',
  ]);
  await expect(graphWorld({ max_bytes: Number.MAX_SAFE_INTEGER })).rejects.toThrow('the memory limit is');
});

test('no point is before its start, whatever the time of day is', async () => {
  const world = await graphWorld();
  await world.send(client, server);
  world.clock.unixMs = () => 1_700_000_000_000;
  const metrics = await world.flushed();
  for (const name of [requestTotal, clientLatency, serverLatency])
    expect(pointsOf(metrics, name).map(({ start, time }) => [start, time])).toEqual([
      [1_700_000_001_000, 1_700_000_001_000],
    ]);
});

test('bounds of buckets are the nearest numbers to what is configured', async () => {
  const world = await graphWorld({ latency_histogram_buckets: ['9us', '35us', '1.1ms', '4.35s'] });
  await world.send(client, server);
  const [point] = pointsOf(await world.flushed(), clientLatency);
  expect(point?.bounds).toEqual([0.000009, 0.000035, 0.0011, 4.35]);
});

test.each([16, 1 << 20])('a fault of ours costs its request of %i bytes, and the books say so', async (size) => {
  const world = await graphWorld();
  // A receiver entry lets none of this in.
  const broken = new Batch('traces', Buffer.alloc(size, 0xff), 3);
  await expect(world.connector.consume(broken, emptyContext)).rejects.toMatchObject({ reason: 'internal_error' });
  await world.send(client, server);
  expect(labelsOf(await world.flushed())).toEqual([edge('shop', 'stock')]);
  expect([world.books.inItems, world.books.outItems, world.books.balance]).toEqual([5, 2, 0]);
});
