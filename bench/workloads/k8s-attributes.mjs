import fs from 'node:fs';
import path from 'node:path';
import { config, grpcTo } from '../lib/config.mjs';
import { freePorts, helper } from '../lib/process.mjs';

const pods = 1000;

/** What an agent on a node does to all that passes: ten attributes of the sender's pod, found by its address. */
export const workload = {
  name: 'k8s-attributes',
  protocol: 'grpc',
  encodings: ['none', 'gzip'],
  sinks: 1,
  beside: async (folder) => {
    const [port] = await freePorts(1);
    const api = await helper('pods-api.mjs', [port, pods]);
    const file = path.join(folder, `kubeconfig-${port}.yaml`);
    const cluster = { name: 'bench', cluster: { server: `http://127.0.0.1:${port}` } };
    const context = { name: 'bench', context: { cluster: 'bench', user: 'bench' } };
    const users = [{ name: 'bench', user: {} }];
    const kubeconfig = { clusters: [cluster], contexts: [context], users, 'current-context': 'bench' };
    fs.writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'Config', ...kubeconfig }));
    return { file, stop: () => api.stop() };
  },
  config: ({ encoding, sinks, beside, ...ports }) =>
    config({
      ...ports,
      processors: {
        k8s_attributes: {
          auth_type: 'kubeConfig',
          kube_config_path: beside.file,
          wait_for_metadata: true,
          pod_association: [{ sources: [{ from: 'connection' }] }],
          extract: {
            metadata: [
              'k8s.namespace.name',
              'k8s.pod.name',
              'k8s.pod.uid',
              'k8s.pod.start_time',
              'k8s.node.name',
              'k8s.deployment.name',
              'k8s.replicaset.name',
            ],
            labels: ['app', 'team', 'version'].map((key) => ({ key, tag_name: `pod.${key}` })),
          },
        },
      },
      exporters: { otlp_grpc: grpcTo(sinks[0].grpc, encoding) },
    }),
};
