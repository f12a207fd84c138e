// An API server of Kubernetes with pods, beside the programs that are measured, and the kubeconfig for it.
import fs from 'node:fs';
import path from 'node:path';
import { freePorts, helper } from './process.mjs';

export async function podsBeside(folder, ...args) {
  const [port] = await freePorts(1);
  const api = await helper('pods-api.mjs', [port, ...args]);
  const file = path.join(folder, `kubeconfig-${port}.yaml`);
  const cluster = { name: 'bench', cluster: { server: `http://127.0.0.1:${port}` } };
  const context = { name: 'bench', context: { cluster: 'bench', user: 'bench' } };
  const users = [{ name: 'bench', user: {} }];
  const kubeconfig = { clusters: [cluster], contexts: [context], users, 'current-context': 'bench' };
  fs.writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'Config', ...kubeconfig }));
  return { file, change: (changes) => api.ask({ changes }), stop: () => api.stop() };
}
