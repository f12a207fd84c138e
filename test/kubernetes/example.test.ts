import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { makeClient, startBackend } from '../support/backend.js';
import { pem } from '../support/certificates.js';
import { KubernetesApi } from '../support/kubernetes-api.js';
import { encodeSpans } from '../support/otlp.js';
import { freePorts, startProgram, until } from '../support/program.js';

test('the example of an agent knows the pods of its node, and sends on', async () => {
  const [grpc = 0, http = 0, health = 0, metrics = 0] = await freePorts(4);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-kubernetes-'));
  const api = new KubernetesApi(true);
  const port = await api.listen();
  api.put('pods', {
    metadata: { name: 'cart-1', namespace: 'shop', uid: 'pod-1' },
    spec: { nodeName: 'node-1', containers: [{ name: 'cart', image: 'cart:1' }] },
    status: { phase: 'Running', podIP: '127.0.0.1', podIPs: [{ ip: '127.0.0.1' }] },
  });
  api.put('pods', {
    metadata: { name: 'elsewhere-1', namespace: 'shop', uid: 'pod-2' },
    spec: { nodeName: 'node-2', containers: [{ name: 'cart', image: 'cart:1' }] },
    status: { phase: 'Running', podIP: '10.0.0.2', podIPs: [{ ip: '10.0.0.2' }] },
  });
  fs.writeFileSync(path.join(folder, 'ca.pem'), pem('server-a.pem'));
  fs.writeFileSync(
    path.join(folder, 'config'),
    `current-context: a
contexts: [{name: a, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: "https://127.0.0.1:${port}", certificate-authority: ca.pem}}]
users: [{name: u, user: {token: a-token}}]
`,
  );
  const backend = await startBackend();
  const example = fs.readFileSync(path.resolve(import.meta.dirname, '../../examples/kubernetes-agent.yaml'), 'utf8');
  const agent = await startProgram(example, {
    env: {
      ...{ GRPC_PORT: `${grpc}`, HTTP_PORT: `${http}`, HEALTH_PORT: `${health}`, METRICS_PORT: `${metrics}` },
      ...{ POD_IP: '127.0.0.1', K8S_NODE_NAME: 'node-1', GATEWAY: `127.0.0.1:${backend.port}` },
      ...{ KUBERNETES_AUTH: 'kubeConfig', KUBECONFIG: path.join(folder, 'config') },
    },
  });
  try {
    await until('one pod to be known', async () => {
      const page = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text();
      return /^otelcol_otelsvc_k8s_pod_table_size\S* 1$/m.test(page);
    });
    const client = makeClient(grpc);
    expect(await client.send(encodeSpans([{ traceId: '0d'.repeat(16), spanId: '0d'.repeat(8) }]))).toBe(0);
    client.close();
    await until('the span to arrive', () => backend.accepted.size === 1);
    expect(api.requests.some((each) => each.includes('fieldSelector=spec.nodeName%3Dnode-1'))).toBe(true);
  } finally {
    expect(await agent.stop()).toBe(0);
    await api.close();
    await backend.close();
    fs.rmSync(folder, { recursive: true });
  }
});
