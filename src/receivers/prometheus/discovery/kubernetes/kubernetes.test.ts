import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { heldWorld, type HeldWorld } from '../../../../../test/support/held-world.js';
import { KubernetesApi } from '../../../../../test/support/kubernetes-api.js';
import { openShop, podAt } from '../../../../../test/support/kubernetes-shop.js';
import { isKubernetesSdConfig, kubernetesSdConfigs } from '../../options/kubernetes.js';
import type { TargetGroup } from '../../target/target.js';
import { apiAccess } from './access.js';
import { KubernetesDiscovery } from './kubernetes.js';

let api: KubernetesApi;
let server: string;
let world: HeldWorld;
let found: (readonly TargetGroup[])[];
let discovery: KubernetesDiscovery | undefined;
beforeEach(async () => {
  api = new KubernetesApi(false);
  server = `http://127.0.0.1:${await api.listen()}`;
  world = heldWorld({ signal: 'metrics' });
  found = [];
});
afterEach(async () => {
  await discovery?.stop();
  discovery = undefined;
  await api.close();
});

/** Starts a discovery of these options. */
function start(options: object, env?: NodeJS.ProcessEnv): void {
  const [config] = kubernetesSdConfigs().parse([{ api_server: server, ...options }]);
  if (!config || !isKubernetesSdConfig(config)) throw new Error('no such role');
  discovery = new KubernetesDiscovery(config, apiAccess(config, world.context), world.context, env);
  discovery.start((groups) => found.push(groups));
}

/** Lets time pass until `reached`. */
async function until(reached: () => boolean): Promise<void> {
  await expect
    .poll(async () => {
      if (!reached()) await world.clock.pass(500);
      return reached();
    })
    .toBe(true);
}

const short = (name: string): string => name.replace('__meta_kubernetes_', '');

/** The targets of the last update, each with those of its labels that `wanted` names. */
function targets(wanted: RegExp): string[] {
  return (found.at(-1) ?? []).map(({ targets: [address = ''], labels }) =>
    [
      address,
      ...Object.entries(labels)
        .filter(([name]) => wanted.test(short(name)))
        .map(([name, value]) => `${short(name)}=${value}`)
        .toSorted(),
    ].join(' '),
  );
}

async function discovers(options: object, wanted: RegExp): Promise<string[]> {
  openShop(api);
  start(options);
  await until(() => found.length > 0);
  return targets(wanted).toSorted();
}

test('role node: the kubelets, by the best address of each', async () => {
  expect(await discovers({ role: 'node' }, /./)).toEqual([
    '192.168.0.1:10250 instance=n1 node_address_Hostname=n1.local node_address_InternalIP=192.168.0.1 ' +
      'node_condition_diskpressure=unknown node_condition_ready=true node_label_kubernetes_io_os=linux ' +
      'node_label_zone=a node_labelpresent_kubernetes_io_os=true node_labelpresent_zone=true node_name=n1 ' +
      'node_provider_id=cloud://n1',
    '[fd00::2]:10250 instance=n2 node_address_Hostname=n2.local node_address_InternalIP=fd00::2 ' +
      'node_condition_diskpressure=unknown node_condition_ready=true node_label_kubernetes_io_os=linux ' +
      'node_label_zone=b node_labelpresent_kubernetes_io_os=true node_labelpresent_zone=true node_name=n2 ' +
      'node_provider_id=cloud://n2',
  ]);
});

test('role pod: each port, and each container without one; a pod without an address has none', async () => {
  const labels = await discovers(
    { role: 'pod', attach_metadata: { node: true, namespace: true, deployment: true, job: true, cronjob: true } },
    /^pod_(name|container|deploy|job|cron|ready)|^node_label_zone|^namespace/,
  );
  const attached =
    'namespace=shop namespace_annotation_note=n namespace_annotationpresent_note=true namespace_label_team=sales ' +
    'namespace_labelpresent_team=true node_label_zone=a';
  expect(labels.filter((each) => each.includes('web-1'))).toEqual([
    `10.0.0.1 ${attached} pod_container_image=sidecar:3 pod_container_init=false pod_container_name=sidecar ` +
      'pod_deployment_name=web pod_name=web-1 pod_ready=true',
    `10.0.0.1:53 ${attached} pod_container_id=containerd://abc pod_container_image=web:2 pod_container_init=false ` +
      'pod_container_name=web pod_container_port_number=53 pod_container_port_protocol=UDP pod_deployment_name=web ' +
      'pod_name=web-1 pod_ready=true',
    `10.0.0.1:80 ${attached} `.replace(':80 ', ':8080 ') +
      'pod_container_id=containerd://abc pod_container_image=web:2 pod_container_init=false ' +
      'pod_container_name=web pod_container_port_name=http pod_container_port_number=8080 ' +
      'pod_container_port_protocol=TCP pod_deployment_name=web pod_name=web-1 pod_ready=true',
    `10.0.0.1:81 ${attached} pod_container_image=setup:1 pod_container_init=true pod_container_name=setup ` +
      'pod_container_port_name=boot pod_container_port_number=81 pod_container_port_protocol=TCP ' +
      'pod_deployment_name=web pod_name=web-1 pod_ready=true',
  ]);
  expect(labels.filter((each) => each.startsWith('[fd00::3]:81'))).toEqual([
    `[fd00::3]:81 ${attached} pod_container_image=setup:1 pod_container_init=true pod_container_name=setup ` +
      'pod_container_port_name=boot pod_container_port_number=81 pod_container_port_protocol=TCP ' +
      'pod_cronjob_name=billing pod_job_name=bill pod_name=bill-1 pod_ready=true',
  ]);
  expect(labels.length).toBe(12);
});

test('role service: each port', async () => {
  expect(await discovers({ role: 'service' }, /service_(name|type|cluster|ext|load|port|label_)/)).toEqual([
    'far.shop.svc:80 service_external_name=far.example service_name=far service_port_name=http ' +
      'service_port_number=80 service_port_protocol=TCP service_type=ExternalName',
    'front.shop.svc:80 service_cluster_ip=10.1.0.3 service_loadbalancer_ip=203.0.113.3 service_name=front ' +
      'service_port_name=http service_port_number=80 service_port_protocol=TCP service_type=LoadBalancer',
    'web.shop.svc:80 service_cluster_ip=10.1.0.1 service_label_app=web service_name=web service_port_name=http ' +
      'service_port_number=80 service_port_protocol=TCP service_type=ClusterIP',
  ]);
});

test('role endpoints: addresses with the labels of their pods, and the ports that no endpoint names', async () => {
  expect(
    await discovers(
      { role: 'endpoints' },
      /^endpoint_|^endpoints_(name|label_)|^service_(name|annotation_)|^pod_(name|container_(name|port_name|init))/,
    ),
  ).toEqual([
    ...['10.0.0.1:53 ', '10.0.0.1:8080 ', '10.0.0.1:81 ', '10.0.0.2:53 ', '10.0.0.2:8080 ', '10.0.0.2:81 '].map(
      (address) => {
        const [pod, ready] = address.startsWith('10.0.0.1') ? ['web-1', 'true'] : ['web-2', 'false'];
        const own = 'endpoints_label_from=controller endpoints_name=web';
        const service = 'service_annotation_prometheus_io_probe=yes service_name=web';
        if (address.includes(':53'))
          return `${address}${own} pod_container_init=false pod_container_name=web pod_name=${pod} ${service}`;
        if (address.includes(':81'))
          return (
            `${address}${own} pod_container_init=true pod_container_name=setup pod_container_port_name=boot ` +
            `pod_name=${pod} ${service}`
          );
        const hostname = pod === 'web-1' ? 'endpoint_hostname=web-1 ' : '';
        return (
          `${address}endpoint_address_target_kind=Pod endpoint_address_target_name=${pod} ${hostname}` +
          `endpoint_node_name=n1 endpoint_port_name=http endpoint_port_protocol=TCP endpoint_ready=${ready} ${own} ` +
          `pod_container_init=false pod_container_name=web pod_container_port_name=http pod_name=${pod} ${service}`
        );
      },
    ),
    '10.7.0.1:8080 endpoint_port_name=http endpoint_port_protocol=TCP endpoint_ready=true ' +
      'endpoints_label_from=controller endpoints_name=web service_annotation_prometheus_io_probe=yes service_name=web',
  ]);
});

test('role endpointslice, and the second family of a service with two', async () => {
  const wanted = /^endpointslice_(endpoint|port|address)|^service_name|^node_name|^pod_name/;
  const labels = await discovers({ role: 'endpointslice', attach_metadata: { node: true } }, wanted);
  expect(labels.filter((each) => /:8080/.test(each))).toEqual([
    '10.0.0.1:8080 endpointslice_address_target_kind=Pod endpointslice_address_target_name=web-1 ' +
      'endpointslice_address_type=IPv4 endpointslice_endpoint_conditions_ready=true ' +
      'endpointslice_endpoint_conditions_serving=true endpointslice_endpoint_conditions_terminating=false ' +
      'endpointslice_endpoint_hostname=web-1 endpointslice_endpoint_node_name=n1 endpointslice_endpoint_zone=a ' +
      'endpointslice_port=8080 endpointslice_port_app_protocol=kubernetes.io/h2c endpointslice_port_name=http ' +
      'endpointslice_port_protocol=TCP node_name=n1 pod_name=web-1 service_name=web',
    expect.stringContaining('endpointslice_endpoint_conditions_ready=false'),
    '10.7.0.1:8080 endpointslice_address_type=IPv4 ' +
      'endpointslice_endpoint_topology_kubernetes_io_hostname=h ' +
      'endpointslice_endpoint_topology_present_kubernetes_io_hostname=true endpointslice_port=8080 ' +
      'endpointslice_port_app_protocol=kubernetes.io/h2c endpointslice_port_name=http ' +
      'endpointslice_port_protocol=TCP service_name=web',
  ]);
  expect(labels.length).toBe(7);
  const spec = { ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv6', 'IPv4'] };
  api.put('services', { metadata: { name: 'web', namespace: 'shop', uid: 'shop-web' }, spec });
  await until(() => found.at(-1)?.length === 0);
});

test('role ingress: each path, with https where a host of TLS stands for it', async () => {
  expect(await discovers({ role: 'ingress' }, /ingress/)).toEqual([
    'a.b.example.com ingress_class_name=nginx ingress_host=a.b.example.com ingress_name=door ingress_path=/ ' +
      'ingress_scheme=http',
    'a.example.com ingress_class_name=nginx ingress_host=a.example.com ingress_name=door ingress_path=/ ' +
      'ingress_scheme=https',
    'a.example.com ingress_class_name=nginx ingress_host=a.example.com ingress_name=door ingress_path=/buy ' +
      'ingress_scheme=https',
    'shop.test ingress_class_name=nginx ingress_host=shop.test ingress_name=door ingress_path=/ ingress_scheme=https',
  ]);
});

test('targets follow the objects, and those that they are joined with', async () => {
  openShop(api);
  start({ role: 'endpoints', attach_metadata: { deployment: true, namespace: true } });
  await until(() => found.length > 0);
  const pods = /^pod_(name|ready|deployment)|^service_name/;
  const has = (text: string): boolean => targets(pods).some((each) => each === text);
  expect(has('10.0.0.2:8080 pod_deployment_name=web pod_name=web-2 pod_ready=false service_name=web')).toBe(true);
  api.put('pods', podAt('web-2', '10.0.0.2'));
  await until(() => has('10.0.0.2:8080 pod_name=web-2 pod_ready=true service_name=web'));
  api.remove('replicasets', 'web-5f', 'shop');
  await until(() => has('10.0.0.1:8080 pod_name=web-1 pod_ready=true service_name=web'));
  api.remove('services', 'web', 'shop');
  await until(() => has('10.0.0.1:8080 pod_name=web-1 pod_ready=true'));
  api.remove('pods', 'web-1', 'shop');
  await until(() => has('10.0.0.1:8080'));
  api.remove('endpoints', 'web', 'shop');
  await until(() => found.at(-1)?.length === 0);
  // Nothing of a target has changed, and no subscriber hears of it.
  const updates = found.length;
  api.put('pods', podAt('web-9', '10.0.0.9'));
  // In steps, so that the event of the watch has its turn.
  for (let seconds = 0; seconds < 20; seconds++) await world.clock.pass(1000);
  expect(found.length).toBe(updates);
});

test('many changes are one update, at most each five seconds', async () => {
  start({ role: 'pod' });
  await until(() => found.length === 1);
  for (let i = 0; i < 20; i++) api.put('pods', podAt(`p-${i}`, `10.0.1.${i}`));
  await until(() => found.length === 2);
  expect(found.at(-1)?.length).toBe(20 * 4);
  for (let i = 0; i < 20; i++) api.remove('pods', `p-${i}`, 'shop');
  const before = world.clock.now();
  await until(() => found.length === 3);
  expect(world.clock.now() - before).toBeGreaterThan(4000);
  expect(found.at(-1)).toEqual([]);
});

test('namespaces and selectors leave out what is not wanted before it is read', async () => {
  openShop(api);
  api.put('pods', { ...podAt('other', '10.0.0.8'), metadata: { name: 'other', namespace: 'else', uid: 'o' } });
  start({
    role: 'pod',
    namespaces: { names: ['shop', 'empty'] },
    attach_metadata: { node: true },
    selectors: [
      { role: 'pod', label: 'app=web', field: 'spec.nodeName=n1' },
      { role: 'node', label: 'zone=b' },
    ],
  });
  await until(() => found.length > 0);
  // Their node is not among those that are selected.
  expect(found.at(-1)).toEqual([]);
  api.put('nodes', { metadata: { name: 'n1', uid: '-n1', labels: { zone: 'b' } } });
  await until(() => targets(/pod_name/).length === 12);
  const lists = api.requests.filter((each) => !each.includes('watch=1')).map((each) => each.replace(/limit=\d+&?/, ''));
  expect(lists.toSorted()).toEqual([
    'GET /api/v1/namespaces/empty/pods?labelSelector=app%3Dweb&fieldSelector=spec.nodeName%3Dn1',
    'GET /api/v1/namespaces/shop/pods?labelSelector=app%3Dweb&fieldSelector=spec.nodeName%3Dn1',
    'GET /api/v1/nodes?labelSelector=zone%3Db',
  ]);
});

test('a right that is missing is said as a rule, and what is known stays while the API is away', async () => {
  openShop(api);
  api.denied.add('services');
  start({ role: 'endpoints' });
  await until(() => world.lines.length > 0);
  expect(found).toEqual([]);
  expect(world.lines[0]).toMatchObject({ level: 'error', message: 'Failed to watch' });
  expect(world.lines[0]?.fields).toMatchObject({
    role: 'endpoints',
    resource: 'services',
    error: expect.stringContaining('{apiGroups: [""], resources: [services], verbs: [get, list, watch]}'),
  });
  api.denied.clear();
  await until(() => found.length === 1);
  api.fault = { status: 500, body: 'away' };
  api.endWatches('cut');
  await world.clock.pass(60_000);
  expect(found.length).toBe(1);
  api.fault = undefined;
  api.compact();
  api.endWatches('cut');
  api.remove('endpoints', 'web', 'shop');
  await until(() => found.at(-1)?.length === 0);
});

test('a server of its own, with the options of its client', async () => {
  api.token = 'secret';
  openShop(api);
  start({ role: 'node', authorization: { credentials: 'wrong' } });
  await until(() => world.lines.length > 0);
  expect(world.lines[0]?.fields?.['error']).toContain('401');
  await discovery?.stop();
  start({ role: 'node', authorization: { credentials: 'secret' } });
  await until(() => found.length === 1);
  expect(found[0]?.length).toBe(2);
});

test('a kubeconfig, and a place without one', async () => {
  openShop(api);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-sd-'));
  const file = path.join(folder, 'config');
  fs.writeFileSync(
    file,
    `current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\n` +
      `clusters: [{name: c, cluster: {server: "${server}"}}]\nusers: [{name: u, user: {}}]\n`,
  );
  start({ api_server: '', kubeconfig_file: file, role: 'node' });
  await until(() => found.length === 1);
  await discovery?.stop();
  fs.rmSync(folder, { recursive: true });
  start({ api_server: '', role: 'node' }, {});
  expect(world.lines).toMatchObject([
    { message: 'Cannot create service discovery', fields: { type: 'kubernetes', error: expect.anything() } },
  ]);
  expect(String(world.lines[0]?.fields?.['error'])).toContain('KUBERNETES_SERVICE_HOST');
});
