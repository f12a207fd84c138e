import { config, grpcTo } from '../lib/config.mjs';

/** 1 GiB of requests on disk while nobody takes them: memory, and what a start and the drain then take. */
export const workload = {
  name: 'persistent-backlog',
  backlog: { bytes: 2 ** 30, quickBytes: 2 ** 27, connections: 4, inFlight: 4 },
  config: ({ directory, sinkPort, ...ports }) => {
    const made = config({
      ...ports,
      exporters: {
        otlp_grpc: {
          ...grpcTo(sinkPort, 'none'),
          sending_queue: { storage: 'file_storage', queue_size: 1_000_000 },
          retry_on_failure: { initial_interval: '100ms', max_interval: '100ms', max_elapsed_time: '0s' },
        },
      },
    });
    return {
      ...made,
      extensions: { file_storage: { directory, create_directory: true } },
      service: { ...made.service, extensions: ['file_storage'] },
    };
  },
};
