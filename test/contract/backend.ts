import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import { decompress, type Encoding } from '../../src/net/compression/decompress.js';
import type { Signal } from '../../src/otlp/signal.js';
import type { Items } from './items.js';

/** The replies of the ends: accept everything, refuse everything for good, or refuse the first two requests for now. */
export type Answers = 'accept' | 'refuse' | 'retry';

/** The reply to each request in turn. */
export class Script {
  readonly #answers: Answers;
  #asked = 0;

  constructor(answers: Answers) {
    this.#answers = answers;
  }

  next(): Answers {
    this.#asked++;
    return this.#answers === 'retry' && this.#asked > 2 ? 'accept' : this.#answers;
  }
}

/**
 * A backend for exporters: OTLP over gRPC, OTLP over HTTP in both encodings, Prometheus remote write, and the token
 * endpoint of OAuth2, all on one port. An exporter of another protocol needs its own protocol here.
 */
export class Backend {
  readonly port: number;
  readonly #servers: readonly net.Server[];
  readonly #sockets: Set<net.Socket> = new Set();

  private constructor(servers: readonly net.Server[], front: net.Server) {
    this.#servers = [...servers, front];
    this.port = portOf(front);
    for (const server of this.#servers) {
      server.on('connection', (socket) => {
        this.#sockets.add(socket);
        socket.on('close', () => this.#sockets.delete(socket));
        socket.on('error', () => {});
      });
    }
  }

  static async start(items: Items, script: Script): Promise<Backend> {
    const grpc = http2.createServer();
    grpc.on('stream', (stream, headers) => void serveGrpc(stream, headers, items, script));
    const plain = http.createServer((request, response) => void serveHttp(request, response, items, script));
    // The first bytes of a connection name its protocol.
    const front = net.createServer((socket) => {
      socket.once('data', (first: Buffer) => {
        const speaks = first.toString('latin1').startsWith('PRI') ? grpc : plain;
        const behind = net.connect(portOf(speaks), '127.0.0.1');
        behind.on('error', () => socket.destroy());
        behind.write(first);
        socket.pipe(behind).pipe(socket);
      });
    });
    for (const server of [grpc, plain, front])
      await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', () => resolve()));
    return new Backend([grpc, plain], front);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

function portOf(server: net.Server): number {
  return (server.address() as net.AddressInfo).port;
}

const grpcCodes: Readonly<Record<Answers, string>> = { accept: '0', refuse: '3', retry: '14' };
const httpCodes: Readonly<Record<Answers, number>> = { accept: 200, refuse: 400, retry: 503 };

async function serveGrpc(
  stream: http2.ServerHttp2Stream,
  headers: http2.IncomingHttpHeaders,
  items: Items,
  script: Script,
): Promise<void> {
  const body = await whole(stream);
  const message = body.subarray(5);
  const encoding = String(headers['grpc-encoding'] ?? 'gzip');
  const answer = script.next();
  const name = encoding === 'snappy' ? 'x-snappy-framed' : encoding;
  if (answer === 'accept')
    items.arrived(signalOf(headers[':path'] ?? ''), body[0] === 1 ? await inflated(name, message) : message);
  if (stream.destroyed) return;
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': grpcCodes[answer], 'grpc-message': answer }));
  stream.end(answer === 'accept' ? Buffer.alloc(5) : undefined);
}

async function serveHttp(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  items: Items,
  script: Script,
): Promise<void> {
  const body = await whole(request);
  const type = request.headers['content-type'] ?? '';
  response.setHeader('content-type', 'application/json');
  if (type === 'application/x-www-form-urlencoded') {
    response.end('{"access_token":"token","token_type":"Bearer","expires_in":3600}');
    return;
  }
  const encoding = request.headers['content-encoding'];
  const answer = script.next();
  if (answer === 'accept') {
    const plain = encoding === undefined ? body : await inflated(encoding, body);
    if (request.headers['x-prometheus-remote-write-version'] !== undefined) items.arrivedAs(plain.toString('latin1'));
    else if (type === 'application/x-protobuf') items.arrived(signalOf(request.url ?? ''), plain);
    else items.arrivedIn(plain.toString());
  }
  response.statusCode = httpCodes[answer];
  response.end();
}

async function whole(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function inflated(encoding: string, body: Uint8Array): Promise<Buffer> {
  const { plain } = await decompress(encoding as Encoding, body, 1 << 26);
  return Buffer.from(plain.bytes);
}

function signalOf(path: string): Signal {
  if (/trace/i.test(path)) return 'traces';
  return /metric/i.test(path) ? 'metrics' : 'logs';
}
