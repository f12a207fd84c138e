// An API server of Kubernetes with pods alone: it lists them in one page and holds every watch open. The first pod has
// the address of the senders of a benchmark.
import http from 'node:http';

const [port, count] = process.argv.slice(2).map(Number);

function pod(i) {
  const name = `checkout-6d5f7c9b8-${String(i).padStart(5, '0')}`;
  return {
    metadata: {
      ...{
        name,
        namespace: 'shop',
        uid: `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
        resourceVersion: '1',
      },
      creationTimestamp: '2026-11-30T12:00:00Z',
      labels: { app: 'checkout', team: 'payments', version: 'v42' },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'checkout-6d5f7c9b8', uid: 'r', controller: true },
      ],
    },
    spec: { nodeName: `node-${i % 100}`, containers: [{ name: 'main', image: 'registry.example.com/checkout:v42' }] },
    status: {
      ...{ phase: 'Running', startTime: '2026-11-30T12:00:01Z' },
      podIP: i === 0 ? '127.0.0.1' : `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`,
    },
  };
}

const list = JSON.stringify({
  ...{ apiVersion: 'v1', kind: 'PodList', metadata: { resourceVersion: '1' } },
  items: Array.from({ length: count }, (_, i) => pod(i)),
});

http
  .createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://api');
    if (pathname !== '/api/v1/pods') response.writeHead(404, { 'content-type': 'application/json' }).end('{}');
    else if (searchParams.has('watch')) response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    else response.writeHead(200, { 'content-type': 'application/json' }).end(list);
  })
  .listen(port, '127.0.0.1', () => process.send({}));
