import { group, type Schema } from '../../component/schema/schema.js';
import {
  attemptTimeout,
  retryOnFailure,
  sendingQueue,
  type QueueConfig,
  type RetryConfig,
} from '../../delivery/config.js';
import { checkGrpcClient, grpcClientShape, type GrpcClientConfig } from '../../net/options/grpc-client.js';

/** Options of the exporter (docs/spec/core.md#otlp-grpc-exporter). Times in milliseconds. */
export interface Config extends GrpcClientConfig {
  readonly timeout: number;
  readonly retry_on_failure: RetryConfig;
  readonly sending_queue: QueueConfig | undefined;
}

export const config: Schema<Config> = group<Config>(
  {
    ...grpcClientShape(''),
    timeout: attemptTimeout('5s'),
    retry_on_failure: retryOnFailure(),
    sending_queue: sendingQueue('on'),
  },
  (value, report) => {
    if (value.endpoint === '') report('requires a non-empty "endpoint"');
    checkGrpcClient(value, report);
  },
);
