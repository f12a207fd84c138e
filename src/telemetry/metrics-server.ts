import http from 'node:http';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { nodeTimeout } from '../component/clock.js';
import { guard } from '../component/fault.js';
import { listen } from '../net/listen.js';
import { OpenSockets } from '../net/listening/open-sockets.js';
import type { ConnectionTaker } from '../net/listening/socket.js';
import { negotiate } from '../prometheus/negotiate.js';

type Render = () => Promise<string>;

/** How long a client may take for a request, milliseconds, and how often that is checked. */
const requestMs = 5000;
const checkEveryMs = 1000;

/** Serves `GET /metrics` (any method, any other path 404) and resolves when it listens. */
export async function serveMetrics(
  host: string,
  port: number,
  render: Render,
): Promise<{ close(): Promise<void>; readonly port: number }> {
  const server = new MetricsServer(render);
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  const endpoint = bare.includes(':') ? `[${bare}]:${port}` : `${bare}:${port}`;
  const listening = await listen(server, { endpoint, transport: 'tcp' });
  listening.unref();
  const { address } = listening;
  return {
    port: typeof address === 'object' ? address.port : port,
    close() {
      listening.close();
      return server.close();
    },
  };
}

/** Node's server, which has no options of Kanmon, is that of the configuration before, with its connections. */
class MetricsServer implements ConnectionTaker {
  #connections: Connections;

  constructor(render: Render) {
    this.#connections = new Connections(render);
  }

  accept(socket: Socket): void {
    this.#connections.accept(socket);
  }

  inherit(before: ConnectionTaker): void {
    if (!(before instanceof MetricsServer)) return;
    const { render } = this.#connections;
    this.#connections = before.#connections;
    this.#connections.render = render;
    before.#connections = new Connections(render);
  }

  close(): Promise<void> {
    return this.#connections.close();
  }
}

class Connections {
  render: Render;
  readonly #node: http.Server;
  readonly #sockets: OpenSockets = new OpenSockets();
  #began = false;

  constructor(render: Render) {
    this.render = render;
    const serve = guard(
      'scrape of metrics',
      (request: http.IncomingMessage, response: http.ServerResponse) => this.#respond(request, response),
      (_request, response) => {
        if (response.headersSent) return void response.destroy();
        response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
        response.end('Internal Server Error\n');
      },
    );
    this.#node = http.createServer({ connectionsCheckingInterval: checkEveryMs }, serve);
    this.#node.requestTimeout = nodeTimeout(requestMs);
    this.#node.headersTimeout = nodeTimeout(requestMs);
    this.#node.keepAliveTimeout = 120_000;
  }

  accept(socket: Socket): void {
    // Node's server does not listen itself; it watches the times of requests from this event on.
    if (!this.#began) this.#node.emit('listening');
    this.#began = true;
    this.#sockets.add(socket);
    this.#node.emit('connection', socket);
  }

  async close(): Promise<void> {
    this.#node.close();
    this.#sockets.destroyAll();
    await this.#sockets.closed();
  }

  #respond(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> | undefined {
    const path = (request.url ?? '/').split('?')[0];
    if (path !== '/metrics') {
      response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' });
      response.end('404 page not found\n');
      return undefined;
    }
    const gzip = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
    return this.render().then(
      (rendered) => {
        const text = Buffer.from(rendered);
        response.writeHead(200, {
          'content-type': negotiate(undefined, false).contentType,
          ...(gzip ? { 'content-encoding': 'gzip' } : {}),
        });
        response.end(gzip ? gzipSync(text) : text);
      },
      (error: Error) => {
        response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' });
        response.end(`${error.message}\n`);
      },
    );
  }
}
