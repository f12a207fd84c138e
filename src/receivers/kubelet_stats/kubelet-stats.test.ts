import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pem } from '../../../test/support/certificates.js';
import { heldWorld, type HeldWorld } from '../../../test/support/held-world.js';
import { hostWith } from '../../../test/support/host.js';
import { KubeletServer, podsOfSummary, summaryOf } from '../../../test/support/kubelet-server.js';
import { KubernetesApi } from '../../../test/support/kubernetes-api.js';
import type { Receiver } from '../../component/define.js';
import { protoToJson } from '../../otlp/json/encode.js';
import { config } from './config.js';
import { createKubeletStats } from './receiver.js';

interface JsonValue {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}
interface JsonPoint {
  readonly attributes?: readonly JsonValue[];
  readonly asInt?: string;
  readonly asDouble?: number;
  readonly startTimeUnixNano?: string;
}
interface JsonPoints {
  readonly dataPoints: readonly JsonPoint[];
}
interface JsonResource {
  readonly resource?: { readonly attributes?: readonly JsonValue[] };
  readonly scopeMetrics: readonly {
    readonly metrics: readonly { readonly name: string; readonly sum?: JsonPoints; readonly gauge?: JsonPoints }[];
  }[];
}

const stops: (() => unknown)[] = [];
let world: HeldWorld;
let resources: JsonResource[][];
let kubelet: KubeletServer;
let folder: string;
beforeEach(() => {
  world = heldWorld({ signal: 'metrics', id: 'kubelet_stats' });
  resources = [];
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-kubelet-'));
  stops.push(() => fs.rmSync(folder, { recursive: true }));
});
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

async function serve(secure = false): Promise<void> {
  kubelet = await KubeletServer.start(secure);
  stops.push(() => kubelet.stop());
  kubelet.summary = summaryOf(world.clock.unixMs(), 3);
  kubelet.pods = podsOfSummary;
}

/** Starts a receiver that scrapes every ten seconds. */
async function start(options: object, gates = ['receiver.kubeletstats.cpuUsageScrapeBased']): Promise<void> {
  const receiver: Receiver = createKubeletStats(
    config.parse({ auth_type: 'none', endpoint: `127.0.0.1:${kubelet.port}`, ...options }),
    { ...world.context, kind: 'receiver', signal: 'metrics', gates: new Set(gates) },
    {
      consume: (batch) => {
        const text = Buffer.from(protoToJson(batch.signal, batch.bytes)).toString();
        resources.push((JSON.parse(text) as { resourceMetrics: JsonResource[] }).resourceMetrics);
        return Promise.resolve();
      },
    },
    { env: {}, folder },
  );
  stops.push(() => receiver.shutdown?.(AbortSignal.abort()));
  await receiver.start?.(hostWith());
  await world.clock.pass(1000);
}

async function until(reached: () => boolean): Promise<void> {
  await expect
    .poll(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return reached();
    })
    .toBe(true);
}

const shown = (attributes: readonly JsonValue[] = []): string =>
  attributes.map(({ key, value }) => `${key}=${String(Object.values(value)[0])}`).join(',');

/** Points of the last scrape by `RESOURCE NAME{ATTRIBUTES}`. */
function points(): Map<string, number> {
  return new Map(
    (resources.at(-1) ?? []).flatMap(({ resource, scopeMetrics }) =>
      scopeMetrics.flatMap(({ metrics }) =>
        metrics.flatMap(({ name, sum, gauge }) =>
          (sum ?? gauge)!.dataPoints.map((point): [string, number] => [
            `${shown(resource?.attributes)} ${name}{${shown(point.attributes)}}`.replace('{}', ''),
            point.asDouble ?? Number(point.asInt ?? 0),
          ]),
        ),
      ),
    ),
  );
}

const pod = 'k8s.pod.uid=u1,k8s.pod.name=web-1,k8s.namespace.name=shop';
const web = `${pod},k8s.container.name=web`;

async function scraped(options: object = {}, gates?: string[]): Promise<Map<string, number>> {
  await serve();
  await start(options, gates);
  await until(() => resources.length > 0);
  return points();
}

test('figures of node, pod and containers, those that are on', async () => {
  const found = await scraped();
  expect(Object.fromEntries([...found].filter(([name]) => name.startsWith('k8s.node.name=n1 ')))).toEqual(
    Object.fromEntries(
      Object.entries({
        'cpu.time': 30,
        'filesystem.available': 1000,
        'filesystem.capacity': 5000,
        'filesystem.usage': 4000,
        'memory.available': 10,
        'memory.major_page_faults': 1,
        'memory.page_faults': 7,
        'memory.rss': 4094,
        'memory.usage': 4096,
        'memory.working_set': 4095,
        'network.errors{interface=eth0,direction=receive}': 1,
        'network.errors{interface=eth0,direction=transmit}': 2,
        'network.io{interface=eth0,direction=receive}': 11,
        'network.io{interface=eth0,direction=transmit}': 12,
      }).map(([name, value]) => [`k8s.node.name=n1 k8s.node.${name}`, value]),
    ),
  );
  expect(found.get(`${pod} k8s.pod.cpu.time`)).toBe(6);
  expect(found.get(`${pod} k8s.pod.filesystem.usage`)).toBe(300);
  expect(found.get(`${web} container.memory.usage`)).toBe(512);
  expect(found.get(`${web} container.filesystem.usage`)).toBe(100);
  expect([...found.keys()].some((name) => /volume|utilization|uptime|pid|system_container/.test(name))).toBe(false);
  expect(kubelet.requests).toEqual(['/stats/summary']);
  const sums = resources
    .flat()
    .flatMap(({ scopeMetrics }) =>
      scopeMetrics.flatMap(({ metrics }) => metrics.flatMap(({ sum }) => sum?.dataPoints ?? [])),
    );
  expect(new Set(sums.map((point) => point.startTimeUnixNano))).toEqual(new Set(['1699999200000000000']));
});

test('CPU usage is the rate of CPU time between two scrapes', async () => {
  expect([...(await scraped()).keys()].filter((name) => name.includes('cpu.usage'))).toEqual([]);
  const [before] = [resources.length];
  kubelet.summary = summaryOf(world.clock.unixMs() + 9000, 8);
  await world.clock.pass(10_000);
  await until(() => resources.length > before);
  const usage = points().get(`${web} container.cpu.usage`) ?? 0;
  expect(usage).toBeCloseTo(0.5, 5);
  // The kubelet has measured nothing since.
  await world.clock.pass(10_000);
  await until(() => resources.length > before + 1);
  expect(points().has(`${web} container.cpu.usage`)).toBe(false);
});

test("without the gate CPU usage is the kubelet's own figure", async () => {
  expect((await scraped({}, [])).get(`${web} container.cpu.usage`)).toBe(0.25);
});

test('everything that can be switched on, with a capacity and claims from the API server', async () => {
  const api = new KubernetesApi(false);
  const server = `http://127.0.0.1:${await api.listen()}`;
  stops.push(() => api.close());
  api.put('nodes', { metadata: { name: 'n1', uid: 'n1' }, status: { capacity: { cpu: '4', memory: '8Ki' } } });
  api.put('persistentvolumeclaims', {
    metadata: { name: 'claim', namespace: 'shop', uid: 'c' },
    spec: { volumeName: 'pv' },
  });
  api.put('persistentvolumes', {
    metadata: { name: 'pv', uid: 'pv' },
    spec: { awsElasticBlockStore: { volumeID: 'vol-1', fsType: 'ext4' } },
  });
  const names = [
    'container.uptime',
    'k8s.container.cpu.node.utilization',
    'k8s.container.cpu_limit_utilization',
    'k8s.container.cpu_request_utilization',
    'k8s.container.ephemeral_storage.usage',
    'k8s.container.memory.node.utilization',
    'k8s.container.memory_limit_utilization',
    'k8s.container.memory_request_utilization',
    'k8s.node.filesystem.inode.count',
    'k8s.node.filesystem.inode.free',
    'k8s.node.pid.limit',
    'k8s.node.pid.usage',
    'k8s.node.system_container.cpu.time',
    'k8s.node.system_container.memory.working_set',
    'k8s.node.uptime',
    'k8s.pod.cpu_limit_utilization',
    'k8s.pod.memory_limit_utilization',
    'k8s.pod.memory_request_utilization',
    'k8s.pod.volume.usage',
  ];
  await serve();
  await start(
    {
      node: 'n1',
      metric_groups: ['container', 'pod', 'node', 'volume'],
      extra_metadata_labels: ['container.id', 'k8s.volume.type'],
      collect_all_network_interfaces: { node: true },
      k8s_api_config: { auth_type: 'kubeConfig', kube_config_path: kubeConfig(server) },
      metrics: Object.fromEntries(names.map((name) => [name, { enabled: true }])),
      resource_attributes: { 'aws.volume.id': { enabled: true }, 'k8s.pod.name': { enabled: false } },
    },
    [],
  );
  await until(() => resources.length > 0);
  await until(() => api.watching > 0);
  await world.clock.pass(10_000);
  await until(() => resources.length > 1);
  const found = points();
  const uid = 'k8s.pod.uid=u1,k8s.namespace.name=shop';
  const id = `${uid},k8s.container.name=web,container.id=abc`;
  const uptime = Math.trunc((world.clock.unixMs() - Date.parse('2023-11-14T22:00:00Z')) / 1000);
  for (const [name, value] of Object.entries({
    [`${id} container.uptime`]: uptime,
    [`${id} k8s.container.cpu.node.utilization`]: 0.25 / 4,
    [`${id} k8s.container.cpu_limit_utilization`]: 0.125,
    [`${id} k8s.container.cpu_request_utilization`]: 0.5,
    [`${id} k8s.container.ephemeral_storage.usage{fs.type=rootfs}`]: 100,
    [`${id} k8s.container.ephemeral_storage.usage{fs.type=logs}`]: 200,
    [`${id} k8s.container.memory.node.utilization`]: 512 / 8192,
    [`${id} k8s.container.memory_limit_utilization`]: 0.5,
    [`${id} k8s.container.memory_request_utilization`]: 1,
    [`${uid} k8s.pod.cpu_limit_utilization`]: 0.25 / 3,
    [`${uid} k8s.pod.memory_limit_utilization`]: 0.5,
    'k8s.node.name=n1 k8s.node.filesystem.inode.count': 50,
    'k8s.node.name=n1 k8s.node.filesystem.inode.free': 30,
    'k8s.node.name=n1 k8s.node.pid.limit': 32_768,
    'k8s.node.name=n1 k8s.node.pid.usage': 300,
    'k8s.node.name=n1 k8s.node.uptime': uptime,
    'k8s.node.name=n1 k8s.node.network.io{interface=eth1,direction=transmit}': 22,
    'k8s.node.name=n1,k8s.node.system_container.name=kubelet k8s.node.system_container.cpu.time': 3,
    'k8s.node.name=n1,k8s.node.system_container.name=kubelet k8s.node.system_container.memory.working_set': 63,
    [`${uid},k8s.volume.name=tmp,k8s.volume.type=emptyDir k8s.pod.volume.usage`]: 50,
    [`${uid},k8s.volume.name=data,k8s.volume.type=awsElasticBlockStore,k8s.persistentvolumeclaim.name=claim,` +
    'aws.volume.id=vol-1 k8s.volume.inodes.used']: 20,
  }))
    expect([name, found.get(name)]).toEqual([name, value]);
  // One of the containers asks for no memory.
  expect(found.has(`${uid} k8s.pod.memory_request_utilization`)).toBe(false);
  // The volume of a claim stays the same, and is asked for once.
  expect(api.requests.filter((each) => each.includes('persistentvolumeclaims')).length).toBe(1);
});

test('without a way to the API server the figures of the kubelet are there', async () => {
  const found = await scraped({ k8s_api_config: { auth_type: 'serviceAccount' } });
  expect(found.has(`${web} container.memory.usage`)).toBe(true);
  expect(world.lines[0]).toMatchObject({
    level: 'error',
    fields: { error: expect.stringContaining('KUBERNETES_SERVICE_HOST') },
  });
});

function kubeConfig(server: string, more = ''): string {
  const file = path.join(folder, 'config');
  fs.writeFileSync(
    file,
    `current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\n` +
      `clusters: [{name: c, cluster: {server: "${server}"${more}}}]\nusers: [{name: u, user: {token: secret}}]\n`,
  );
  return file;
}

test('the token of the pod, which is rotated, and the authority of the cluster', async () => {
  await serve(true);
  kubelet.token = 'one';
  fs.writeFileSync(path.join(folder, 'token'), 'one\n');
  fs.writeFileSync(path.join(folder, 'ca.crt'), pem('server-a.pem'));
  await start({ auth_type: 'serviceAccount' });
  await until(() => resources.length === 1);
  kubelet.token = 'two';
  fs.writeFileSync(path.join(folder, 'token'), 'two\n');
  await world.clock.pass(10_000);
  await until(() => resources.length === 2);
});

test('a client certificate', async () => {
  await serve(true);
  kubelet.wantsCertificate = true;
  for (const [name, file] of [
    ['ca', 'server-a.pem'],
    ['cert', 'client-a.pem'],
    ['key', 'client-a.key'],
  ] as const)
    fs.writeFileSync(path.join(folder, name), pem(file));
  await start({
    auth_type: 'tls',
    ca_file: path.join(folder, 'ca'),
    cert_file: path.join(folder, 'cert'),
    key_file: path.join(folder, 'key'),
  });
  await until(() => resources.length === 1);
});

test('through the API server, as a kubeconfig says', async () => {
  await serve();
  kubelet.token = 'secret';
  await start({
    auth_type: 'kubeConfig',
    kube_config_path: kubeConfig(`http://127.0.0.1:${kubelet.port}`),
    endpoint: 'n1',
  });
  await until(() => resources.length === 1);
  expect(kubelet.requests).toEqual(['/api/v1/nodes/n1/proxy/stats/summary']);
});

const broken: readonly (readonly [what: string, says: string, answer: (response: http.ServerResponse) => void])[] = [
  ['no JSON', 'is no JSON', (response) => void response.end('<html>')],
  ['something else', 'has no node', (response) => void response.end('{"status": "ok"}')],
  [
    'an endless answer',
    'longer than 16777216 bytes',
    (response) => {
      const piece = Buffer.alloc(1 << 20, ' ');
      const more = (): void => {
        while (!response.destroyed && response.write(piece));
      };
      response.on('drain', more);
      more();
    },
  ],
  ['a cut answer', '', (response) => void (response.write('{"node": {'), setImmediate(() => response.destroy()))],
  ['an error', 'failed - 500: out of order', (response) => void response.writeHead(500).end('out of order')],
  ['another server', 'Is that the port of a kubelet?', (response) => void response.writeHead(404).end()],
];
test.each(broken)('a kubelet that answers with %s', async (_what, says, answer) => {
  await serve();
  kubelet.answer = answer;
  await start({});
  await until(() => world.lines.some(({ level }) => level === 'error'));
  expect(String(world.lines[0]?.fields?.['error'])).toContain(says);
  expect(resources).toEqual([]);
  kubelet.answer = undefined;
  await world.clock.pass(10_000);
  await until(() => resources.length === 1);
});

test.each([
  ['a wrong token', 401, 'auth_type: serviceAccount', {}],
  ['a missing right', 403, '- {apiGroups: [""], resources: [nodes/stats], verbs: [get]}', { deny: '/stats/summary' }],
  ['a missing right for /pods', 403, 'resources: [nodes/pods], verbs: [get]}', { deny: '/pods' }],
] as const)('%s is said with the remedy', async (_what, status, remedy, more) => {
  await serve();
  if ('deny' in more) kubelet.denied.add(more.deny);
  else kubelet.token = 'another';
  await start({ extra_metadata_labels: ['container.id'] });
  await until(() => world.lines.some(({ level }) => level === 'error'));
  const said = String(world.lines[0]?.fields?.['error']);
  expect(said).toContain(String(status));
  expect(said).toContain(remedy);
});

test('a kubelet that does not answer is given up before the next scrape', async () => {
  await serve();
  kubelet.answer = () => {};
  await start({});
  await until(() => kubelet.requests.length === 1);
  await world.clock.pass(10_000);
  await until(() => world.lines.some(({ level }) => level === 'error'));
  kubelet.answer = undefined;
  await world.clock.pass(10_000);
  // Two, if the second request came only now.
  await until(() => resources.length > 0);
});

test('figures that are none, and containers that nobody knows, are left out', async () => {
  await serve();
  kubelet.summary = {
    node: { nodeName: 'n1', cpu: { usageCoreNanoSeconds: 'a lot' }, memory: { usageBytes: -1, rssBytes: 2e19 } },
    pods: [
      null,
      { podRef: { name: 'p', namespace: 'n', uid: 'u2' }, containers: [{ name: 'c', memory: { usageBytes: 5 } }] },
    ],
  };
  await start({ extra_metadata_labels: ['container.id'], metric_groups: ['node', 'container'] });
  await until(() => world.lines.some(({ level }) => level === 'error'));
  expect(String(world.lines.find(({ level }) => level === 'error')?.fields?.['error'])).toContain(
    'pod "u2" with container "c" not found',
  );
  expect(resources).toEqual([]);
});
