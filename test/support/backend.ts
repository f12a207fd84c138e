import * as grpc from '@grpc/grpc-js';
import { eachSpan } from './otlp.js';

const path = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const raw = (bytes: Buffer): Buffer => bytes;

/** A trace backend on the gRPC library of the JavaScript ecosystem: an implementation that is not ours. */
export interface Backend {
  readonly port: number;
  /** Span IDs to how often each was accepted. */
  readonly accepted: Map<string, number>;
  /** Trace IDs that were accepted. */
  readonly traces: Set<string>;
  /** How many requests were refused so far. */
  refusals(): number;
  /** While set, every request is refused with this status code. */
  refuseWith(code: number | undefined): void;
  close(): Promise<void>;
}

export async function startBackend(port = 0, host = '127.0.0.1'): Promise<Backend> {
  const accepted = new Map<string, number>();
  const traces = new Set<string>();
  let refusal: number | undefined;
  let refused = 0;
  const server = new grpc.Server({ 'grpc.max_receive_message_length': -1 });
  server.addService(
    {
      Export: {
        path,
        requestStream: false,
        responseStream: false,
        requestSerialize: raw,
        requestDeserialize: raw,
        responseSerialize: raw,
        responseDeserialize: raw,
      },
    },
    {
      Export(call: grpc.ServerUnaryCall<Buffer, Buffer>, answer: grpc.sendUnaryData<Buffer>) {
        if (refusal !== undefined) {
          refused++;
          answer({ code: refusal, details: 'not now' });
          return;
        }
        eachSpan(call.request, (traceId, spanId) => {
          accepted.set(spanId, (accepted.get(spanId) ?? 0) + 1);
          traces.add(traceId);
        });
        answer(null, Buffer.alloc(0));
      },
    },
  );
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, grpc.ServerCredentials.createInsecure(), (error, at) =>
      error ? reject(error) : resolve(at),
    );
  });
  return {
    port: bound,
    accepted,
    traces,
    refusals: () => refused,
    refuseWith(code) {
      refusal = code;
    },
    close: () =>
      new Promise((resolve) => {
        server.tryShutdown(() => resolve());
        // real time: clients that keep their connections open are cut off in the end.
        setTimeout(() => server.forceShutdown(), 500).unref();
      }),
  };
}

/** Sends one encoded trace request over gRPC and resolves with the status code. */
export function makeClient(
  port: number,
  host = '127.0.0.1',
): {
  /** `metadata`: of the call. Resolves with the status code. */
  send(bytes: Buffer, metadata?: Readonly<Record<string, string>>): Promise<number>;
  close(): void;
} {
  const client = new grpc.Client(`${host}:${port}`, grpc.credentials.createInsecure());
  return {
    send: (bytes, fields = {}) =>
      new Promise((resolve) => {
        const metadata = new grpc.Metadata();
        for (const [name, value] of Object.entries(fields)) metadata.set(name, value);
        client.makeUnaryRequest(path, raw, raw, bytes, metadata, (error) => resolve(error?.code ?? 0));
      }),
    close: () => client.close(),
  };
}

/** Spans that arrived at no backend, and those that arrived more than once. */
export function lossOf(
  sent: readonly string[],
  backends: Iterable<Backend>,
): { readonly lost: number; readonly duplicates: number } {
  const times = new Map<string, number>();
  for (const { accepted } of backends) for (const [id, n] of accepted) times.set(id, (times.get(id) ?? 0) + n);
  return {
    lost: sent.filter((id) => !times.has(id)).length,
    duplicates: [...times.values()].filter((n) => n > 1).length,
  };
}
