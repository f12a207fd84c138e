import http from 'node:http';
import * as grpc from '@grpc/grpc-js';
import { jsonToProto } from '../../src/otlp/json/decode.js';
import { readPartialSuccess } from '../../src/otlp/status/partial-success.js';

/** Nanoseconds since 1970 as OTLP/JSON writes them. */
export const nanos = (ms: number): string => `${Math.floor(ms)}000000`;

/** The answer of a gateway that accepted a request: of how many points it was not, and why. */
export interface MetricAnswer {
  /** Of HTTP; 200 for a gRPC call that was accepted, 500 for any other. */
  readonly status: number | undefined;
  readonly rejected: number;
  readonly message: string;
}

/** A writer of metrics, with a connection of its own. */
export interface MetricSender {
  /** Resolves once the gateway has answered. */
  send(...metrics: readonly object[]): Promise<MetricAnswer>;
  close(): void;
}

const shop = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] };
const requestOf = (resource: object, metrics: readonly object[]): Buffer =>
  Buffer.from(JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] }));

/** Sends OTLP/JSON from an address of this machine (each that begins with 127), by default as the service "shop". */
export function httpSender(port: number, localAddress = '127.0.0.1', resource: object = shop): MetricSender {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  return {
    send: (...metrics) =>
      new Promise((resolve, reject) => {
        const headers = { 'content-type': 'application/json' };
        const request = http.request(
          { host: '127.0.0.1', port, path: '/v1/metrics', method: 'POST', headers, agent, localAddress },
          (response) => {
            let body = '';
            response.setEncoding('utf8');
            response.on('data', (part: string) => (body += part));
            response.on('end', () => {
              const { partialSuccess } = JSON.parse(body) as { partialSuccess?: Record<string, string> };
              const rejected = Number(partialSuccess?.['rejectedDataPoints'] ?? 0);
              resolve({ status: response.statusCode, rejected, message: partialSuccess?.['errorMessage'] ?? '' });
            });
          },
        );
        request.on('error', reject);
        request.end(requestOf(resource, metrics));
      }),
    close: () => agent.destroy(),
  };
}

const grpcPath = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';
const raw = (bytes: Buffer): Buffer => bytes;

/** The same over gRPC, with grpc-js, from an address that the kernel chooses. */
export function grpcSender(port: number, resource: object = shop): MetricSender {
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  return {
    send: (...metrics) =>
      new Promise((resolve) => {
        const body = Buffer.from(jsonToProto('metrics', requestOf(resource, metrics)));
        client.makeUnaryRequest(grpcPath, raw, raw, body, (error, reply) => {
          const { rejected = 0n, message = '' } = reply ? readPartialSuccess(reply) : {};
          resolve({ status: error ? 500 : 200, rejected: Number(rejected), message: error?.message ?? message });
        });
      }),
    close: () => client.close(),
  };
}
