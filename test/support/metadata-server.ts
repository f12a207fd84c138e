import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { pem } from './certificates.js';

/** The answer of a metadata server; `hang` is none, ever, another text a body. */
export type MetadataAnswer =
  | string
  | {
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** An object is sent as JSON. */
      readonly body?: string | object;
    };

/** By method and path, with or without the query: `GET /latest/meta-data/hostname`; `*` for all others (404). */
export type MetadataRoutes = Readonly<Record<string, MetadataAnswer>>;

export interface MetadataQuestion {
  /** Method and path. */
  readonly line: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** A real server in the place of the metadata service of a cloud, of the API of a cluster, or of a daemon. */
export class MetadataServer {
  routes: MetadataRoutes;
  readonly asked: MetadataQuestion[] = [];
  readonly #server: http.Server | https.Server;

  private constructor(server: http.Server | https.Server, routes: MetadataRoutes) {
    this.#server = server;
    this.routes = routes;
    server.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => {
      let body = '';
      request.on('data', (data: Buffer) => (body += data.toString()));
      request.on('end', () =>
        this.#answer({ line: `${request.method} ${request.url}`, headers: request.headers, body }, response),
      );
    });
    server.on('connection', (socket) => socket.on('error', () => {}));
  }

  /** `at`: `tcp`, `tls` with the certificate of `localhost`, or the path of a Unix socket. */
  static async start(routes: MetadataRoutes, at: string = 'tcp'): Promise<MetadataServer> {
    const server =
      at === 'tls' ? https.createServer({ cert: pem('server-a.pem'), key: pem('server-a.key') }) : http.createServer();
    await new Promise<void>((resolve) =>
      at === 'tcp' || at === 'tls' ? server.listen(0, '127.0.0.1', resolve) : server.listen(at, resolve),
    );
    return new MetadataServer(server, routes);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get lines(): readonly string[] {
    return this.asked.map(({ line }) => line);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(question: MetadataQuestion, response: http.ServerResponse): void {
    this.asked.push(question);
    const { line } = question;
    const answer = this.routes[line] ?? this.routes[line.split('?')[0] ?? ''] ?? this.routes['*'] ?? { status: 404 };
    if (answer === 'hang') return;
    const { status = 200, headers = {}, body = '' } = typeof answer === 'string' ? { body: answer } : answer;
    response.writeHead(status, headers);
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  }
}
