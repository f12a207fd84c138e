import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pem } from './certificates.js';
import { KubernetesApi } from './kubernetes-api.js';

/** The API of a cluster, and the options by which a component finds it. */
export interface ClusterAccess {
  readonly api: KubernetesApi;
  readonly options: { readonly auth_type: string; readonly kube_config_path: string };
}

/**
 * Starts the API, and writes a kubeconfig for it; `stops` gets what ends both. `secure`: over TLS, for those with the
 * token `a-token`.
 */
export async function clusterAccess(stops: (() => unknown)[], secure = false): Promise<ClusterAccess> {
  const api = new KubernetesApi(secure);
  const port = await api.listen();
  stops.push(() => api.close());
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-cluster-'));
  stops.push(() => fs.rmSync(folder, { recursive: true }));
  const kube_config_path = path.join(folder, 'config');
  if (secure) {
    api.token = 'a-token';
    fs.writeFileSync(path.join(folder, 'ca.pem'), pem('server-a.pem'));
  }
  const cluster = secure
    ? `{server: "https://127.0.0.1:${port}", certificate-authority: ca.pem}`
    : `{server: "http://127.0.0.1:${port}"}`;
  fs.writeFileSync(
    kube_config_path,
    `current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\n` +
      `clusters: [{name: c, cluster: ${cluster}}]\nusers: [{name: u, user: {${secure ? 'token: a-token' : ''}}}]\n`,
  );
  return { api, options: { auth_type: 'kubeConfig', kube_config_path } };
}
