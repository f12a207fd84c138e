import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { KubernetesApi } from './kubernetes-api.js';

/** The API of a cluster, and the options by which a component finds it. */
export interface ClusterAccess {
  readonly api: KubernetesApi;
  readonly options: { readonly auth_type: string; readonly kube_config_path: string };
}

/** Starts the API, and writes a kubeconfig for it; `stops` gets what ends both. */
export async function clusterAccess(stops: (() => unknown)[]): Promise<ClusterAccess> {
  const api = new KubernetesApi(false);
  const port = await api.listen();
  stops.push(() => api.close());
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-cluster-'));
  stops.push(() => fs.rmSync(folder, { recursive: true }));
  const kube_config_path = path.join(folder, 'config');
  fs.writeFileSync(
    kube_config_path,
    `current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\n` +
      `clusters: [{name: c, cluster: {server: "http://127.0.0.1:${port}"}}]\nusers: [{name: u, user: {}}]\n`,
  );
  return { api, options: { auth_type: 'kubeConfig', kube_config_path } };
}
