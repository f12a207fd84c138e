import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { pem } from '../support/certificates.js';
import { KubernetesApi } from '../support/kubernetes-api.js';
import { testWith } from '../support/peers.js';

const run = promisify(execFile);

/** Runs `act` with a server over TLS that wants a token, and a `kubectl` that has it. */
async function withKubectl(
  act: (api: KubernetesApi, kubectl: (...args: string[]) => Promise<string>) => Promise<void>,
): Promise<void> {
  const api = new KubernetesApi(true);
  const port = await api.listen();
  api.token = 'a-token';
  const folder = await mkdtemp(path.join(tmpdir(), 'kanmon-kubectl-'));
  const authority = path.join(folder, 'ca.pem');
  fs.writeFileSync(authority, pem('server-a.pem'));
  const access = [`--server=https://127.0.0.1:${port}`, `--certificate-authority=${authority}`];
  const env = { ...process.env, KUBECONFIG: path.join(folder, 'none') };
  const kubectl = async (...args: string[]): Promise<string> => {
    const token = args.some((arg) => arg.startsWith('--token=')) ? [] : ['--token=a-token'];
    return (await run('kubectl', [...access, ...token, `--cache-dir=${folder}`, ...args], { env })).stdout;
  };
  try {
    await act(api, kubectl);
  } finally {
    await api.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const web = {
  metadata: { name: 'web-1', namespace: 'shop', uid: 'u1', labels: { app: 'web' } },
  spec: { nodeName: 'node-1', containers: [{ name: 'main', image: 'web:1' }] },
  status: {
    phase: 'Running',
    podIP: '10.0.0.1',
    podIPs: [{ ip: '10.0.0.1' }],
    conditions: [{ type: 'Ready', status: 'True' }],
    containerStatuses: [{ name: 'main', containerID: 'containerd://c-one', ready: true, restartCount: 2 }],
  },
};

// The server of the tests is one that Kubernetes' own client takes for an API server.
testWith('kubectl')('kubectl lists, gets and watches what the test server has, over TLS with a token', () =>
  withKubectl(async (api, kubectl) => {
    api.put('pods', web);
    api.put('pods', { metadata: { name: 'db-1', namespace: 'shop', uid: 'u2', labels: { app: 'db' } } });
    expect(await kubectl('get', 'pods', '-n', 'shop', '-o', 'name')).toBe('pod/web-1\npod/db-1\n');
    expect(await kubectl('get', 'pods', '-n', 'shop', '-o', 'name', '--chunk-size=1')).toBe('pod/web-1\npod/db-1\n');
    expect(await kubectl('get', 'pods', '-A', '-l', 'app=web', '-o', 'name')).toBe('pod/web-1\n');
    expect(await kubectl('get', 'pod', 'web-1', '-n', 'shop', '-o', 'jsonpath={.status.podIP}')).toBe('10.0.0.1');
    const watching = kubectl('get', 'pods', '-n', 'shop', '-w', '-o', 'name', '--request-timeout=60s');
    await expect.poll(() => api.watching).toBe(1);
    api.put('pods', { metadata: { name: 'late-1', namespace: 'shop', uid: 'u3' } });
    api.bookmark();
    api.endWatches('in order');
    expect(await watching).toContain('pod/late-1');
    await expect(kubectl('get', 'pods', '-n', 'shop', '--token=of-yesterday')).rejects.toThrow(/Unauthorized/);
    api.denied.add('list pods');
    await expect(kubectl('get', 'pods', '-n', 'shop')).rejects.toThrow(/forbidden.*cannot list resource "pods"/i);
  }),
);

testWith('kubectl')('kubectl describes a pod and a node of the test server', () =>
  withKubectl(async (api, kubectl) => {
    api.put('pods', web);
    api.put('pods', {
      ...web,
      metadata: { name: 'elsewhere', namespace: 'shop', uid: 'u2' },
      spec: { containers: [] },
    });
    api.put('nodes', {
      metadata: { name: 'node-1', uid: 'n1', labels: { 'topology.kubernetes.io/zone': 'z1' } },
      status: { capacity: { cpu: '4', pods: '110' }, allocatable: { cpu: '4', pods: '110' } },
    });
    api.put('events', {
      metadata: { name: 'web-1.17', namespace: 'shop', uid: 'e1' },
      involvedObject: { kind: 'Pod', namespace: 'shop', name: 'web-1', uid: 'u1' },
      ...{ reason: 'BackOff', message: 'Back-off restarting failed container', type: 'Warning' },
    });
    const pod = await kubectl('describe', 'pod', 'web-1', '-n', 'shop');
    for (const line of [
      /^Name: +web-1$/m,
      /^Namespace: +shop$/m,
      /^Node: +node-1\//m,
      /^Labels: +app=web$/m,
      /^Status: +Running$/m,
      /^IP: +10\.0\.0\.1$/m,
      /^ {4}Container ID: +containerd:\/\/c-one$/m,
      /^ {4}Image: +web:1$/m,
      /^ {4}Restart Count: +2$/m,
      /^ {2}Ready +True *$/m,
      /^ {2}Warning +BackOff .*Back-off restarting failed container$/m,
    ])
      expect(pod).toMatch(line);
    const node = await kubectl('describe', 'node', 'node-1');
    for (const line of [
      /^Name: +node-1$/m,
      /^Labels: +topology\.kubernetes\.io\/zone=z1$/m,
      /^ {2}cpu: +4$/m,
      /^Non-terminated Pods: +\(1 in total\)$/m,
      /^ {2}shop +web-1 /m,
    ])
      expect(node).toMatch(line);
  }),
);
