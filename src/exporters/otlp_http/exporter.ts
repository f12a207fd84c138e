import type { Exporter, SignalContext } from '../../component/define.js';
import type { Attributes } from '../../component/telemetry.js';
import { deliver } from '../../delivery/deliver.js';
import { hostAndPort } from '../../net/http/client.js';
import { OtlpHttpPusher } from '../../net/otlp/http-exporter.js';
import type { Config } from './config.js';
import { signalUrl } from './url.js';

export function createExporter(config: Config, context: SignalContext): Exporter {
  const url = signalUrl(config, context.signal);
  const options = {
    queue: config.sending_queue,
    retry: config.retry_on_failure,
    timeoutMs: config.timeout,
    attributes: urlAttributes(url),
  };
  return deliver(context, options, new OtlpHttpPusher(config, context, url));
}

function urlAttributes(url: string): Attributes {
  if (!URL.canParse(url)) return {};
  const parsed = new URL(url);
  const { host, port } = hostAndPort(parsed);
  return { 'server.address': host, 'server.port': port, 'url.path': parsed.pathname };
}
