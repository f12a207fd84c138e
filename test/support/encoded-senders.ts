import http from 'node:http';
import http2 from 'node:http2';
import { compressor, type Compression } from '../../src/net/compression/compress.js';
import { encodeSpans } from './otlp.js';

export interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
}

/**
 * One connection that sends trace requests in one encoding; a request that fails ends it, and the next one opens
 * another.
 */
export interface EncodedSender {
  readonly name: string;
  /** Resolves with true when the request was accepted. Never rejects. */
  send(spans: readonly SentSpan[]): Promise<boolean>;
  close(): void;
}

/** As the requests name them; `''` is none. */
const grpcEncodings = ['', 'gzip', 'zstd', 'snappy'] as const;
const httpEncodings = ['', 'gzip', 'zstd', 'zlib', 'snappy', 'deflate', 'lz4', 'x-snappy-framed'] as const;

/** 16 senders: gRPC in each of its encodings, and once more in those that compress; HTTP in each of its own; JSON. */
export function encodedSenders(grpcPort: number, httpPort: number): EncodedSender[] {
  return [
    ...[...grpcEncodings, ...grpcEncodings.slice(1)].map((encoding) => grpcSender(grpcPort, encoding)),
    ...httpEncodings.map((encoding) => httpSender(httpPort, encoding, 'application/x-protobuf')),
    httpSender(httpPort, '', 'application/json'),
  ];
}

async function compressed(encoding: string, bytes: Buffer, grpc: boolean): Promise<Uint8Array> {
  // gRPC's snappy is the framed form.
  const name = encoding === '' ? 'none' : grpc && encoding === 'snappy' ? 'x-snappy-framed' : encoding;
  const compress = await compressor(name as Compression, 0);
  return compress ? (await compress(bytes)).bytes : bytes;
}

function grpcSender(port: number, encoding: string): EncodedSender {
  let session: http2.ClientHttp2Session | undefined;
  const connection = (): http2.ClientHttp2Session => {
    if (session && !session.closed && !session.destroyed) return session;
    session = http2.connect(`http://127.0.0.1:${port}`);
    session.on('error', () => {});
    return session;
  };
  const exchange = (message: Uint8Array): Promise<boolean> =>
    new Promise((resolve) => {
      const prefix = Buffer.alloc(5);
      prefix[0] = encoding === '' ? 0 : 1;
      prefix.writeUInt32BE(message.length, 1);
      let status: unknown;
      const note = (headers: http2.IncomingHttpHeaders): void => void (status = headers['grpc-status'] ?? status);
      const stream = connection().request({
        ':method': 'POST',
        ':path': '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
        'content-type': 'application/grpc',
        te: 'trailers',
        ...(encoding === '' ? {} : { 'grpc-encoding': encoding }),
      });
      stream
        .on('response', note)
        .on('trailers', note)
        .on('error', () => {});
      stream.on('close', () => resolve(status === '0'));
      stream.resume();
      stream.end(Buffer.concat([prefix, message]));
    });
  return {
    name: `gRPC ${encoding || 'identity'}`,
    async send(spans) {
      try {
        const accepted = await exchange(await compressed(encoding, encodeSpans(spans), true));
        if (!accepted) session?.destroy();
        return accepted;
      } catch {
        session?.destroy();
        return false;
      }
    },
    close: () => session?.destroy(),
  };
}

function httpSender(port: number, encoding: string, type: string): EncodedSender {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const headers = { 'content-type': type, ...(encoding === '' ? {} : { 'content-encoding': encoding }) };
  const exchange = (body: Uint8Array): Promise<boolean> =>
    new Promise((resolve) => {
      const options = { port, host: '127.0.0.1', path: '/v1/traces', method: 'POST', agent, headers };
      const request = http.request(options, (response) => {
        response
          .resume()
          .on('end', () => resolve(response.statusCode === 200))
          .on('error', () => resolve(false));
      });
      request.on('error', () => resolve(false));
      request.end(body);
    });
  return {
    name: `HTTP ${type === 'application/json' ? 'JSON' : encoding || 'identity'}`,
    async send(spans) {
      const body = type === 'application/json' ? Buffer.from(json(spans)) : encodeSpans(spans);
      return exchange(await compressed(encoding, body, false));
    },
    close: () => agent.destroy(),
  };
}

function json(spans: readonly SentSpan[]): string {
  const attributes = [{ key: 'service.name', value: { stringValue: 'test' } }];
  return JSON.stringify({
    resourceSpans: [
      { resource: { attributes }, scopeSpans: [{ spans: spans.map((span) => ({ ...span, name: 'span' })) }] },
    ],
  });
}
