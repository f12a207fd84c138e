// An API server of Kubernetes with pods alone: it lists them in pages and reports changes to those that watch. The
// first pod has the address of the senders of a benchmark. Arguments: port, number of pods, `full` for objects as large
// as those of a real cluster. The message `{changes: N}` changes N pods a second from then on.
import http from 'node:http';

const [port, count] = process.argv.slice(2).map(Number);
const isFull = process.argv[4] === 'full';
const podsPerReplicaSet = 10;
let version = 1;

const hex = (seed, digits) => {
  let text = '';
  for (let i = 0; text.length < digits; i++) text += ((seed * 2_654_435_761 + i * 40_503) >>> 0).toString(16);
  return text.slice(0, digits);
};

const uidOf = (kind, i) => `${hex(i, 8)}-0000-4000-8${kind}-${String(i).padStart(12, '0')}`;

/** The fields that servers keep for each program which wrote a part of the object: a third of most objects. */
function managedFields() {
  const fields = (names) => Object.fromEntries(names.map((name) => [`f:${name}`, {}]));
  const one = (manager, fieldsV1) => ({
    ...{ manager, operation: 'Update', apiVersion: 'v1', time: '2026-11-30T12:00:00Z', fieldsType: 'FieldsV1' },
    fieldsV1,
  });
  const container = {
    '.': {},
    ...fields(['image', 'imagePullPolicy', 'name', 'resources', 'terminationMessagePath', 'terminationMessagePolicy']),
    'f:env': Object.fromEntries(
      ['POD_NAME', 'POD_IP', 'NODE_NAME', 'OTEL_SERVICE_NAME', 'OTEL_EXPORTER_OTLP_ENDPOINT'].map((name) => [
        `k:{"name":"${name}"}`,
        { '.': {}, ...fields(['name', 'value']) },
      ]),
    ),
    'f:livenessProbe': { '.': {}, ...fields(['failureThreshold', 'periodSeconds', 'successThreshold', 'httpGet']) },
    'f:readinessProbe': { '.': {}, ...fields(['failureThreshold', 'periodSeconds', 'successThreshold', 'httpGet']) },
  };
  const condition = { '.': {}, ...fields(['lastProbeTime', 'lastTransitionTime', 'status', 'type']) };
  return [
    one('kube-controller-manager', {
      'f:metadata': {
        'f:generateName': {},
        'f:labels': { '.': {}, ...fields(['app', 'team', 'version', 'pod-template-hash']) },
        'f:ownerReferences': { '.': {}, 'k:{"uid":"6d5f7c9b-0000-4000-8000-000000000000"}': {} },
      },
      'f:spec': {
        'f:containers': { 'k:{"name":"main"}': container, 'k:{"name":"proxy"}': container },
        ...fields(['dnsPolicy', 'enableServiceLinks', 'restartPolicy', 'schedulerName', 'securityContext']),
      },
    }),
    one('kubelet', {
      'f:status': {
        'f:conditions': Object.fromEntries(
          ['ContainersReady', 'Initialized', 'PodReadyToStartContainers', 'Ready'].map((type) => [
            `k:{"type":"${type}"}`,
            condition,
          ]),
        ),
        ...fields(['containerStatuses', 'hostIP', 'hostIPs', 'phase', 'podIP', 'podIPs', 'startTime']),
      },
    }),
  ];
}

function container(name) {
  const probe = (path) => ({
    httpGet: { path, port: 8080, scheme: 'HTTP' },
    ...{ timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 },
  });
  return {
    ...{ name, image: `registry.example.com/${name}:v42`, imagePullPolicy: 'IfNotPresent' },
    env: [
      { name: 'POD_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
      { name: 'POD_IP', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'status.podIP' } } },
      { name: 'NODE_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'spec.nodeName' } } },
      { name: 'OTEL_SERVICE_NAME', value: 'checkout' },
      { name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: 'http://kanmon-agent.observability:4317' },
    ],
    resources: { limits: { cpu: '1', memory: '512Mi' }, requests: { cpu: '250m', memory: '256Mi' } },
    livenessProbe: probe('/live'),
    readinessProbe: probe('/ready'),
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    volumeMounts: [{ name: 'token', readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }],
  };
}

function statusOf(name, i) {
  return {
    ...{ name, ready: true, started: true, restartCount: 0, image: `registry.example.com/${name}:v42` },
    state: { running: { startedAt: '2026-11-30T12:00:02Z' } },
    lastState: {},
    imageID: `registry.example.com/${name}@sha256:${hex(name.length, 64)}`,
    containerID: `containerd://${hex(i * 7 + name.length, 64)}`,
  };
}

function pod(i, resourceVersion) {
  const set = Math.floor(i / podsPerReplicaSet);
  const base = isFull ? `checkout-${hex(set, 9)}` : 'checkout-6d5f7c9b8';
  const metadata = {
    ...{ name: `${base}-${String(i).padStart(5, '0')}`, namespace: isFull ? `shop-${set % 50}` : 'shop' },
    ...{ uid: uidOf('000', i), resourceVersion: String(resourceVersion), creationTimestamp: '2026-11-30T12:00:00Z' },
    labels: { app: 'checkout', team: 'payments', version: 'v42', 'pod-template-hash': base.slice('checkout-'.length) },
    ownerReferences: [
      {
        ...{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: base, uid: isFull ? uidOf('001', set) : 'r' },
        ...{ controller: true, blockOwnerDeletion: true },
      },
    ],
  };
  const podIP = i === 0 ? '127.0.0.1' : `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;
  const status = { phase: 'Running', startTime: '2026-11-30T12:00:01Z', podIP };
  const nodeName = `node-${i % 100}`;
  if (!isFull)
    return {
      metadata,
      spec: { nodeName, containers: [{ name: 'main', image: 'registry.example.com/checkout:v42' }] },
      status,
    };
  return {
    metadata: {
      ...metadata,
      generateName: `${base}-`,
      annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-11-30T12:00:00Z', 'prometheus.io/scrape': 'true' },
      managedFields: managedFields(),
    },
    spec: {
      nodeName,
      volumes: [{ name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } }],
      containers: [container('main'), container('proxy')],
      ...{ restartPolicy: 'Always', terminationGracePeriodSeconds: 30, dnsPolicy: 'ClusterFirst', priority: 0 },
      ...{ serviceAccountName: 'checkout', serviceAccount: 'checkout', schedulerName: 'default-scheduler' },
      securityContext: {},
      tolerations: ['not-ready', 'unreachable'].map((taint) => ({
        ...{ key: `node.kubernetes.io/${taint}`, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
      })),
    },
    status: {
      ...status,
      qosClass: 'Burstable',
      hostIP: `192.168.0.${i % 100}`,
      podIPs: [{ ip: podIP }],
      conditions: ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(
        (type) => ({ type, status: 'True', lastProbeTime: null, lastTransitionTime: '2026-11-30T12:00:02Z' }),
      ),
      containerStatuses: [statusOf('main', i), statusOf('proxy', i)],
    },
  };
}

const watches = new Set();

http
  .createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://api');
    if (pathname !== '/api/v1/pods') {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{}');
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    if (searchParams.has('watch')) {
      response.flushHeaders();
      watches.add(response);
      response.on('close', () => watches.delete(response));
      return;
    }
    const from = Number(searchParams.get('continue') ?? 0);
    const to = Math.min(count, from + (Number(searchParams.get('limit')) || count));
    const items = Array.from({ length: to - from }, (_, i) => pod(from + i, 1));
    const metadata = { resourceVersion: String(version), ...(to < count && { continue: String(to) }) };
    response.end(JSON.stringify({ apiVersion: 'v1', kind: 'PodList', metadata, items }));
  })
  .listen(port, '127.0.0.1', () => process.send({}));

let changing;
let next = 0;
process.on('message', ({ changes }) => {
  clearInterval(changing);
  if (changes > 0)
    changing = setInterval(() => {
      const object = pod(next++ % count, ++version);
      for (const watch of watches) watch.write(`${JSON.stringify({ type: 'MODIFIED', object })}\n`);
    }, 1000 / changes);
  process.send({});
});
