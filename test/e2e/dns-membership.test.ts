import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { lossOf, makeClient, startBackend, type Backend } from '../support/backend.js';
import { Dnsmasq, type Zone } from '../support/dnsmasq.js';
import { readLedger, sum } from '../support/ledger.js';
import { encodeSpans } from '../support/otlp.js';
import { testWith } from '../support/peers.js';
import { freePorts, startProgram, until } from '../support/program.js';
import { ReferenceRing } from '../support/ring.js';

const hosts = ['127.0.7.1', '127.0.7.2', '127.0.7.3', '127.0.7.4'];
const testWithDnsmasq = testWith('dnsmasq');

testWithDnsmasq(
  'backends come, go and name servers fail under load: nothing lost, nothing twice, keys as the ring says',
  async () => {
    const [grpcPort, metricsPort, dnsPort, port] = (await freePorts(4)) as [number, number, number, number];
    const backends = new Map<string, Backend>();
    for (const host of hosts) backends.set(`${host}:${port}`, await startBackend(port, host));
    const dnsmasq = await Dnsmasq.start(dnsPort, hosts.slice(0, 3));
    const gateway = await startProgram(`
receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:${grpcPort}"}}}}
exporters:
  load_balancing:
    # What takes longer than the timeout is sent again: on a crowded machine, spans would come twice.
    protocol:
      otlp: {tls: {insecure: true}, timeout: 60s, retry_on_failure: {initial_interval: 200ms, max_interval: 2s}}
    resolver:
      dns: {hostname: backends.test, port: ${port}, interval: 100ms, timeout: 300ms, servers: ["127.0.0.1:${dnsPort}"]}
service:
  telemetry:
    metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: ${metricsPort}}}}}]}
  pipelines: {traces: {receivers: [otlp], exporters: [load_balancing]}}
`);
    const client = makeClient(grpcPort);
    const sent: string[] = [];
    let running = true;
    const arrived = (): number => [...backends.values()].reduce((n, b) => n + b.accepted.size, 0);
    const send = async (traces: number): Promise<string[]> => {
      const spans = Array.from({ length: traces }, () => ({
        traceId: randomBytes(16).toString('hex'),
        spanId: randomBytes(8).toString('hex'),
      }));
      expect(await client.send(encodeSpans(spans))).toBe(0);
      for (const span of spans) sent.push(span.spanId);
      return spans.map((span) => span.traceId);
    };
    const metric = async (name: string, labels = ''): Promise<number> => {
      const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
      return text
        .split('\n')
        .filter((line) => line.startsWith(name) && line.includes(labels))
        .reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
    };
    // A first question that took too long is put again.
    await until('the first list', async () => (await metric('otelcol_loadbalancer_num_backends{')) === 3);
    const load = (async () => {
      while (running) {
        await send(40);
        // No more than the queues take, however long the backends are away on a crowded machine.
        await until('earlier spans to arrive', () => !running || sent.length - arrived() < 10_000);
        // real time: the pace of the load.
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    })();
    /** Every trace sent from now on is at the backend that the ring of these hosts says. */
    const settled = async (names: readonly string[]): Promise<void> => {
      const ring = new ReferenceRing(names.map((host) => `${host}:${port}`));
      const traces = await send(300);
      for (const trace of traces) {
        const owner = ring.ownerOf(Buffer.from(trace, 'hex'));
        await until(`trace ${trace} to be at ${owner}`, () => backends.get(owner)?.traces.has(trace) ?? false);
      }
    };
    const shows = async (zone: Zone, members: readonly string[]): Promise<void> => {
      const failures = await metric('otelcol_loadbalancer_num_resolutions', 'success="false"');
      await dnsmasq.serve(zone);
      if (typeof zone === 'string')
        await until(
          'two failed questions',
          async () => (await metric('otelcol_loadbalancer_num_resolutions', 'success="false"')) >= failures + 2,
        );
      else
        await until(
          'the list to change',
          async () => (await metric('otelcol_loadbalancer_num_backends{')) === members.length,
        );
      await settled(members);
    };
    try {
      await settled(hosts.slice(0, 3));
      await shows(hosts, hosts);
      await shows('NXDOMAIN', hosts);
      await shows('no addresses', hosts);
      await shows('REFUSED', hosts);
      await shows('silence', hosts);
      expect(await metric('kanmon_load_balancing_list_age')).toBeGreaterThan(0.5);
      // Two stop taking anything while parts for them keep coming, and then leave: what they hold goes to the others.
      const leaving = hosts.slice(2).map((host) => backends.get(`${host}:${port}`) as Backend);
      for (const backend of leaving) backend.refuseWith(14);
      await until('parts to wait', async () => (await metric('kanmon_ledger_held')) > 500);
      await shows(hosts.slice(0, 2), hosts.slice(0, 2));
      running = false;
      await load;
      const all = [...backends.values()];
      await until('every span to arrive', () => arrived() === sent.length);
      const { lost, duplicates } = lossOf(sent, all);
      expect({ lost, duplicates }).toEqual({ lost: 0, duplicates: 0 });
      await until(
        'the ledger to hold nothing',
        async () => sum(await readLedger(metricsPort), 'kanmon_ledger_held') === 0,
      );
      const ledger = await readLedger(metricsPort);
      expect(sum(ledger, 'kanmon_ledger_accepted')).toBe(sent.length);
      expect(sum(ledger, 'kanmon_ledger_dropped')).toBe(0);
      await until('the backends that left to be one row', async () => {
        const parts = (await readLedger(metricsPort)).map(({ labels }) => labels['component'] ?? '');
        const named = new Set(parts.filter((id) => id.startsWith('load_balancing ')));
        const stay = hosts.slice(0, 2).map((host) => `load_balancing ${host}:${port}`);
        return [...named].toSorted().join() === [...stay, 'load_balancing former parts'].join();
      });
      console.log(
        `3, 4, then 2 backends and four kinds of failed answers: ${sent.length} spans, lost ${lost}, duplicates ` +
          `${duplicates}`,
      );
    } finally {
      running = false;
      client.close();
      await gateway.stop('SIGKILL');
      await dnsmasq.stop();
      await Promise.all([...backends.values()].map((b) => b.close()));
    }
  },
);
