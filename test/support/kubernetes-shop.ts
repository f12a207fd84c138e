import type { ApiObject, KubernetesApi } from './kubernetes-api.js';

type Json = Readonly<Record<string, unknown>>;

function object(name: string, more: Json = {}, meta: Json = {}, namespace: string | undefined = 'shop'): ApiObject {
  return {
    metadata: { name, uid: `${namespace ?? ''}-${name}`, ...(namespace === '' ? {} : { namespace }), ...meta },
    ...more,
  };
}

function ownedBy(kind: string, name: string): Json {
  return { ownerReferences: [{ apiVersion: 'v1', kind, name, uid: name, controller: true }] };
}

/** A pod of the shop at `ip`, ready unless it is not. */
export function podAt(
  name: string,
  ip: string,
  more: { readonly meta?: Json; readonly ready?: boolean } = {},
): ApiObject {
  return object(
    name,
    {
      spec: {
        nodeName: 'n1',
        initContainers: [
          { name: 'setup', image: 'setup:1', ports: [{ name: 'boot', containerPort: 81, protocol: 'TCP' }] },
        ],
        containers: [
          {
            name: 'web',
            image: 'web:2',
            ports: [
              { name: 'http', containerPort: 8080, protocol: 'TCP' },
              { containerPort: 53, protocol: 'UDP' },
            ],
          },
          { name: 'sidecar', image: 'sidecar:3' },
        ],
      },
      status: {
        podIP: ip,
        hostIP: '192.168.0.1',
        phase: 'Running',
        conditions: [{ type: 'Ready', status: more.ready === false ? 'False' : 'True' }],
        containerStatuses: [
          { name: 'web', containerID: 'containerd://abc', image: 'web:2', imageID: '', ready: true, restartCount: 0 },
        ],
      },
    },
    { labels: { app: 'web', 'tier/x.y': 'front' }, annotations: { 'prometheus.io/scrape': 'true' }, ...more.meta },
  );
}

const targetRef = (name: string): Json => ({ kind: 'Pod', namespace: 'shop', name, uid: `shop-${name}` });

/** Fills the cluster: two nodes, and in the namespace `shop` pods behind services, jobs and an ingress. */
export function openShop(api: KubernetesApi): void {
  api.put('namespaces', object('shop', {}, { labels: { team: 'sales' }, annotations: { note: 'n' } }, ''));
  for (const [name, address] of [
    ['n1', '192.168.0.1'],
    ['n2', 'fd00::2'],
  ] as const)
    api.put(
      'nodes',
      object(
        name,
        {
          spec: { providerID: `cloud://${name}` },
          status: {
            addresses: [
              { type: 'Hostname', address: `${name}.local` },
              { type: 'InternalIP', address },
              { type: 'InternalIP', address: '10.9.9.9' },
            ],
            conditions: [
              { type: 'Ready', status: 'True' },
              { type: 'DiskPressure', status: 'Unknown' },
            ],
            daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
          },
        },
        { labels: { 'kubernetes.io/os': 'linux', zone: name === 'n1' ? 'a' : 'b' } },
        '',
      ),
    );
  api.put('pods', podAt('web-1', '10.0.0.1', { meta: ownedBy('ReplicaSet', 'web-5f') }));
  api.put('pods', podAt('web-2', '10.0.0.2', { meta: ownedBy('ReplicaSet', 'web-5f'), ready: false }));
  api.put('pods', podAt('bill-1', 'fd00::3', { meta: ownedBy('Job', 'bill') }));
  api.put(
    'pods',
    object('pending', { spec: { containers: [{ name: 'web', image: 'web:2' }] }, status: { phase: 'Pending' } }),
  );
  api.put('replicasets', object('web-5f', {}, ownedBy('Deployment', 'web')));
  api.put('jobs', object('bill', {}, ownedBy('CronJob', 'billing')));
  const ports = [{ name: 'http', port: 80, protocol: 'TCP' }];
  api.put(
    'services',
    object(
      'web',
      { spec: { type: 'ClusterIP', clusterIP: '10.1.0.1', ports }, status: { loadBalancer: {} } },
      { labels: { app: 'web' }, annotations: { 'prometheus.io/probe': 'yes' } },
    ),
  );
  api.put('services', object('far', { spec: { type: 'ExternalName', externalName: 'far.example', ports } }));
  api.put(
    'services',
    object('front', { spec: { type: 'LoadBalancer', clusterIP: '10.1.0.3', loadBalancerIP: '203.0.113.3', ports } }),
  );
  const address = (name: string, ip: string): Json => ({ ip, nodeName: 'n1', targetRef: targetRef(name) });
  api.put(
    'endpoints',
    object(
      'web',
      {
        subsets: [
          {
            addresses: [{ ...address('web-1', '10.0.0.1'), hostname: 'web-1' }, { ip: '10.7.0.1' }],
            notReadyAddresses: [address('web-2', '10.0.0.2')],
            ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
          },
        ],
      },
      { labels: { from: 'controller' } },
    ),
  );
  const endpoint = (name: string, ip: string, ready: boolean): Json => ({
    addresses: [ip],
    conditions: { ready, serving: true, terminating: !ready },
    hostname: name,
    nodeName: 'n1',
    zone: 'a',
    targetRef: targetRef(name),
  });
  api.put(
    'endpointslices',
    object(
      'web-abc',
      {
        addressType: 'IPv4',
        endpoints: [
          endpoint('web-1', '10.0.0.1', true),
          endpoint('web-2', '10.0.0.2', false),
          { addresses: ['10.7.0.1'], conditions: {}, deprecatedTopology: { 'kubernetes.io/hostname': 'h' } },
        ],
        ports: [{ name: 'http', port: 8080, protocol: 'TCP', appProtocol: 'kubernetes.io/h2c' }],
      },
      { labels: { 'kubernetes.io/service-name': 'web' } },
    ),
  );
  api.put(
    'ingresses',
    object('door', {
      spec: {
        ingressClassName: 'nginx',
        tls: [{ hosts: ['*.example.com', 'shop.test'] }],
        rules: [
          { host: 'a.example.com', http: { paths: [{ path: '/buy', pathType: 'Prefix' }, { pathType: 'Prefix' }] } },
          { host: 'a.b.example.com' },
          { host: 'shop.test' },
        ],
      },
    }),
  );
}
