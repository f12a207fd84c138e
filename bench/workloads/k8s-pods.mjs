import { config, grpcTo } from '../lib/config.mjs';
import { podsBeside } from '../lib/pods-beside.mjs';

/** The cost of a cluster's pods where all are known: memory for each, the time of the first list, CPU of changes. */
export const workload = {
  name: 'k8s-pods',
  sinks: 1,
  /**
   * The growth counts from the first number to the last. That of the peak is steady; the one of RSS depends on when V8
   * collects the garbage of either list, some 16 MiB, and gives pages back.
   */
  listed: { pods: [1, 10_000], changes: 100, seconds: 20, settleSeconds: 5, memoryLimitsMiB: [512, 2048] },
  beside: (folder, pods) => podsBeside(folder, pods, 'full'),
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
