import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { KubernetesApi } from '../support/kubernetes-api.js';
import { testWith } from '../support/peers.js';

const run = promisify(execFile);

// The server of the tests is one that Kubernetes' own client takes for an API server.
testWith('kubectl')('kubectl lists, gets and watches what the test server has', async () => {
  const api = new KubernetesApi(false);
  const port = await api.listen();
  const cache = await mkdtemp(path.join(tmpdir(), 'kanmon-kubectl-'));
  const kubectl = async (...args: string[]): Promise<string> =>
    (await run('kubectl', [`--server=http://127.0.0.1:${port}`, `--cache-dir=${cache}`, ...args])).stdout;
  try {
    const labels = { app: 'web' };
    api.put('pods', {
      metadata: { name: 'web-1', namespace: 'shop', uid: 'u1', labels },
      spec: { nodeName: 'node-1', containers: [{ name: 'main', image: 'web:1' }] },
      status: { phase: 'Running', podIP: '10.0.0.1' },
    });
    api.put('pods', { metadata: { name: 'db-1', namespace: 'shop', uid: 'u2', labels: { app: 'db' } } });
    expect(await kubectl('get', 'pods', '-n', 'shop', '-o', 'name')).toBe('pod/web-1\npod/db-1\n');
    expect(await kubectl('get', 'pods', '-A', '-l', 'app=web', '-o', 'name')).toBe('pod/web-1\n');
    expect(await kubectl('get', 'pod', 'web-1', '-n', 'shop', '-o', 'jsonpath={.status.podIP}')).toBe('10.0.0.1');
    const watching = kubectl('get', 'pods', '-n', 'shop', '-w', '-o', 'name', '--request-timeout=60s');
    await expect.poll(() => api.watching).toBe(1);
    api.put('pods', { metadata: { name: 'late-1', namespace: 'shop', uid: 'u3' } });
    api.bookmark();
    api.endWatches('in order');
    expect(await watching).toContain('pod/late-1');
    api.denied.add('list pods');
    await expect(kubectl('get', 'pods', '-n', 'shop')).rejects.toThrow(/forbidden.*cannot list resource "pods"/i);
  } finally {
    await api.close();
    await rm(cache, { recursive: true, force: true });
  }
});
