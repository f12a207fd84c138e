import * as grpc from '@grpc/grpc-js';
import { jsonText } from '../../src/otlp/json/encode.js';
import { encodeRetryInfo } from '../../src/otlp/status/retry-info.js';
import { encodeStatus } from '../../src/otlp/status/rpc-status.js';

const path = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';
const raw = (bytes: Buffer): Buffer => bytes;

interface JsonLogs {
  readonly resourceLogs?: readonly {
    readonly scopeLogs: readonly {
      readonly logRecords?: readonly { readonly body?: { readonly stringValue?: string } }[];
    }[];
  }[];
}

/** A log backend on the gRPC library of the JavaScript ecosystem. */
export interface LogBackend {
  readonly port: number;
  /** Bodies to how often each was accepted. */
  readonly accepted: Map<string, number>;
  /** The requests that were accepted. */
  readonly requests: readonly Buffer[];
  refusals(): number;
  /** The first body of each request that was refused to how often it was. */
  readonly refused: ReadonlyMap<string, number>;
  /** While set, every request is refused with this status code, and the hint to come back after `comeBackMs`. */
  refuseWith(code: number | undefined, comeBackMs?: number): void;
  close(): Promise<void>;
}

export async function startLogBackend(): Promise<LogBackend> {
  const accepted = new Map<string, number>();
  const requests: Buffer[] = [];
  let refusal: number | undefined;
  let hint: number | undefined;
  let refusals = 0;
  const refused = new Map<string, number>();
  const server = new grpc.Server({ 'grpc.max_receive_message_length': -1 });
  const method = { path, requestStream: false, responseStream: false, requestSerialize: raw, requestDeserialize: raw };
  server.addService(
    { Export: { ...method, responseSerialize: raw, responseDeserialize: raw } },
    {
      Export(call: grpc.ServerUnaryCall<Buffer, Buffer>, answer: grpc.sendUnaryData<Buffer>) {
        if (refusal !== undefined) {
          refusals++;
          const [first = ''] = bodiesOf(call.request);
          refused.set(first, (refused.get(first) ?? 0) + 1);
          const metadata = new grpc.Metadata();
          if (hint !== undefined) {
            const said = { code: refusal, message: 'not now', details: [encodeRetryInfo(hint)] };
            metadata.set('grpc-status-details-bin', Buffer.from(encodeStatus(said)));
          }
          answer({ code: refusal, details: 'not now', metadata });
          return;
        }
        for (const body of bodiesOf(call.request)) accepted.set(body, (accepted.get(body) ?? 0) + 1);
        requests.push(call.request);
        answer(null, Buffer.alloc(0));
      },
    },
  );
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, at) =>
      error ? reject(error) : resolve(at),
    );
  });
  return {
    port: bound,
    accepted,
    requests,
    refusals: () => refusals,
    refused,
    refuseWith(code, comeBackMs) {
      refusal = code;
      hint = comeBackMs;
    },
    close: async () => server.forceShutdown(),
  };
}

/** The bodies of the records of a request. */
export function bodiesOf(request: Uint8Array): readonly string[] {
  const { resourceLogs = [] } = JSON.parse(jsonText('logs', request)) as JsonLogs;
  return resourceLogs.flatMap(({ scopeLogs }) =>
    scopeLogs.flatMap(({ logRecords = [] }) => logRecords.map(({ body }) => body?.stringValue ?? '')),
  );
}
