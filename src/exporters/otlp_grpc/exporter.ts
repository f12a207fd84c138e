import type { Exporter, SignalContext } from '../../component/define.js';
import { deliver } from '../../delivery/deliver.js';
import { endpointAttributes, OtlpGrpcPusher } from '../../net/otlp/grpc-exporter.js';
import type { Config } from './config.js';

export function createExporter(config: Config, context: SignalContext): Exporter {
  const options = {
    queue: config.sending_queue,
    retry: config.retry_on_failure,
    timeoutMs: config.timeout,
    attributes: endpointAttributes(config.endpoint),
  };
  return deliver(context, options, new OtlpGrpcPusher(config, context));
}
