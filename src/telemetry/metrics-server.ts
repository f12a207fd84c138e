import http from 'node:http';
import { gzipSync } from 'node:zlib';
import { names } from '../net/lookup.js';

/** Serves `GET /metrics` (any method, any other path 404) and resolves when it listens. */
export async function serveMetrics(
  host: string,
  port: number,
  render: () => Promise<string>,
): Promise<{ close(): Promise<void>; readonly port: number }> {
  const server = http.createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0];
    if (path !== '/metrics') {
      response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' });
      response.end('404 page not found\n');
      return;
    }
    const gzip = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
    render().then(
      (rendered) => {
        const text = Buffer.from(rendered);
        response.writeHead(200, {
          'content-type': 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores',
          ...(gzip ? { 'content-encoding': 'gzip' } : {}),
        });
        response.end(gzip ? gzipSync(text) : text);
      },
      (error: Error) => {
        response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' });
        response.end(`${error.message}\n`);
      },
    );
  });
  server.requestTimeout = 5000;
  server.keepAliveTimeout = 120_000;
  server.unref();
  const [address] = await names.find(host.replace(/^\[(.*)\]$/, '$1'));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address?.address, () => resolve());
  });
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
