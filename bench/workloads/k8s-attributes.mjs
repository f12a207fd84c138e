import { config, grpcTo } from '../lib/config.mjs';
import { podsBeside } from '../lib/pods-beside.mjs';

const pods = 1000;

/** An agent on a node adds to all that passes: ten attributes of the sender's pod, found by its address. */
export const workload = {
  name: 'k8s-attributes',
  protocol: 'grpc',
  encodings: ['none', 'gzip'],
  sinks: 1,
  beside: (folder) => podsBeside(folder, pods),
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
