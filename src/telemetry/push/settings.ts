import { group } from '../../component/schema/schema.js';
import { shownNoUrl } from '../../component/shown-url.js';
import { checkGrpcClient, grpcClientShape, type GrpcClientConfig } from '../../net/options/grpc-client.js';
import { httpClientShape, type HttpClientConfig } from '../../net/options/http-client.js';
import type { OtlpHttpClientConfig } from '../../net/otlp/http-exporter.js';
import type { Signal } from '../../otlp/signal.js';
import { listedHeaders, type OtlpDestination } from '../config/destination.js';

/** The options of the client that sends to a destination. */
export type DestinationSettings =
  | { readonly protocol: 'grpc'; readonly options: GrpcClientConfig }
  | { readonly protocol: 'http'; readonly options: OtlpHttpClientConfig; readonly url: string };

const names: Readonly<Record<Signal, string>> = { traces: 'span', metrics: 'metric', logs: 'log', profiles: 'profile' };

/** Works them out. Throws the Collector's message for a destination that cannot be. */
export function settingsOf(config: OtlpDestination, signal: Signal): DestinationSettings {
  if (!['', 'gzip', 'none'].includes(config.compression))
    throw new Error(`unsupported compression ${JSON.stringify(config.compression)}`);
  switch (config.protocol) {
    case 'grpc':
      return { protocol: 'grpc', options: grpcOptions(config) };
    case 'http/protobuf':
      return { protocol: 'http', ...httpOptions(config, signal) };
    case '':
      throw new Error(`no valid ${names[signal]} exporter`);
    default:
      throw new Error(`unsupported protocol ${JSON.stringify(config.protocol)}`);
  }
}

function grpcOptions(config: OtlpDestination): GrpcClientConfig {
  const secure = config.endpoint.startsWith('https://') || (!config.endpoint.startsWith('http://') && !config.insecure);
  const decoded = group<GrpcClientConfig>(grpcClientShape(''), checkGrpcClient).safeParse({
    endpoint: withoutPath(config.endpoint),
    compression: config.compression === '' ? 'none' : config.compression,
    headers: headersOf(config),
    tls: tlsOf(config, secure),
  });
  if (decoded.success) return decoded.data;
  throw new Error(decoded.error.issues.map(({ message }) => message).join('; '));
}

function httpOptions(
  config: OtlpDestination,
  signal: Signal,
): { readonly options: OtlpHttpClientConfig; readonly url: string } {
  const given = /^[a-z]+:\/\//i.test(config.endpoint)
    ? config.endpoint
    : `${config.insecure ? 'http' : 'https'}://${config.endpoint}`;
  if (!URL.canParse(given)) throw new Error(`invalid endpoint ${JSON.stringify(shownNoUrl(config.endpoint))}`);
  const url = new URL(given);
  if (url.pathname === '/') url.pathname = `/v1/${signal}`;
  const settings = group<HttpClientConfig>(httpClientShape()).parse({
    endpoint: given,
    compression: config.compression === '' ? 'none' : config.compression,
    headers: headersOf(config),
    tls: tlsOf(config, url.protocol === 'https:'),
  });
  return { options: { ...settings, encoding: 'proto' }, url: url.toString() };
}

/** The options of TLS that the files of a destination mean. */
export function tlsOf(config: OtlpDestination, secure: boolean): object {
  if (!secure) return { insecure: true };
  return { ca_file: config.certificate, cert_file: config.client_certificate, key_file: config.client_key };
}

function headersOf({ headers, headers_list }: OtlpDestination): Record<string, string> {
  return { ...Object.fromEntries(listedHeaders(headers_list)), ...Object.fromEntries(headers) };
}

/** The path of a gRPC request is its method, so a path in the endpoint is ignored. */
function withoutPath(endpoint: string): string {
  return endpoint.replace(/^(https?:\/\/[^/]+)\/.*$/, '$1');
}
