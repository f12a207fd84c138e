import fs from 'node:fs';
import path from 'node:path';
import { config, grpcTo } from '../lib/config.mjs';
import { freePorts, helper } from '../lib/process.mjs';

/** What the pods of a cluster cost where all are known: memory for each, the time of the first list, CPU of changes. */
export const workload = {
  name: 'k8s-pods',
  sinks: 1,
  /** The growth counts from the first number to the last. */
  listed: { pods: [1, 10_000], changes: 100, seconds: 20, settleSeconds: 5, memoryLimitsMiB: [512, 2048] },
  beside: async (folder, pods) => {
    const [port] = await freePorts(1);
    const api = await helper('pods-api.mjs', [port, pods, 'full']);
    const file = path.join(folder, `kubeconfig-${port}.yaml`);
    const cluster = { name: 'bench', cluster: { server: `http://127.0.0.1:${port}` } };
    const context = { name: 'bench', context: { cluster: 'bench', user: 'bench' } };
    const users = [{ name: 'bench', user: {} }];
    const kubeconfig = { clusters: [cluster], contexts: [context], users, 'current-context': 'bench' };
    fs.writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'Config', ...kubeconfig }));
    return { file, change: (changes) => api.ask({ changes }), stop: () => api.stop() };
  },
  config: ({ sinks, beside, ...ports }) =>
    config({
      ...ports,
      processors: {
        k8s_attributes: {
          auth_type: 'kubeConfig',
          kube_config_path: beside.file,
          wait_for_metadata: true,
          wait_for_metadata_timeout: '120s',
        },
      },
      exporters: { otlp_grpc: grpcTo(sinks[0].grpc, 'none') },
    }),
};
