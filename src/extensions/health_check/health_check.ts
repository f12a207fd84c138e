import { posix } from 'node:path';
import type { ComponentContext, Extension } from '../../component/define.js';
import { FailureStatus } from '../../component/failure-status.js';
import { formatDuration } from '../../component/schema/duration.js';
import { guarded } from '../../intake/http/guard.js';
import { HttpServer, type HttpHandler } from '../../net/http/server.js';
import { serverTls } from '../../net/tls/server.js';
import type { Config } from './config.js';

type State = { readonly kind: 'unavailable' } | { readonly kind: 'available'; readonly sinceMs: number };

export function createHealthCheck(config: Config, context: ComponentContext): Extension {
  const { clock, logger } = context;
  let state: State = { kind: 'unavailable' };
  let server: HttpServer | undefined;

  const answer: HttpHandler = (request, response) => {
    request.resume();
    const [path = '', query] = (request.url ?? '/').split(/\?(.*)/s, 2);
    const clean = cleaned(path);
    if (clean !== path) {
      // As Go's server does, so that a probe with a slash too many is redirected rather than failed.
      const location = query === undefined ? clean : `${clean}?${query}`;
      response.writeHead(307, { location, 'content-type': 'text/html; charset=utf-8' });
      response.end(
        `<a href="${location.replaceAll('&', '&amp;').replaceAll('"', '&#34;').replaceAll('<', '&lt;')}">Temporary Redirect</a>.\n\n`,
      );
      return;
    }
    if (!(config.path.endsWith('/') ? path.startsWith(config.path) : path === config.path)) {
      response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' });
      response.end('404 page not found\n');
      return;
    }
    const healthy = state.kind === 'available';
    response.statusCode = healthy ? 200 : 503;
    if (config.response_body) {
      const body = healthy ? config.response_body.healthy : config.response_body.unhealthy;
      if (body !== '') response.setHeader('content-type', 'text/plain; charset=utf-8');
      response.end(body);
      return;
    }
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(bodyOf(state, clock.unixMs())));
  };

  return {
    async start(host) {
      server = new HttpServer(config, config.tls && serverTls(config.tls, clock), guarded(config, host, answer));
      await server.listen(new FailureStatus(clock, (event) => host.report(event)));
      logger.info('Starting health_check extension', { endpoint: config.endpoint });
    },
    ready() {
      state = { kind: 'available', sinceMs: clock.unixMs() };
      logger.info('Health Check state change', { status: 'ready' });
    },
    notReady() {
      state = { kind: 'unavailable' };
      logger.info('Health Check state change', { status: 'unavailable' });
    },
    shutdown: (deadline) => server?.close(deadline),
  };
}

/** Without empty and dot segments; a slash at the end stays. */
function cleaned(path: string): string {
  const clean = posix.normalize(`/${path}`);
  return clean.replace(/^\/+/, '/');
}

function bodyOf(state: State, nowMs: number): object {
  if (state.kind === 'unavailable') return { status: 'Server not available', upSince: '0001-01-01T00:00:00Z', uptime: '' };
  return {
    status: 'Server available',
    upSince: new Date(state.sinceMs).toISOString(),
    uptime: formatDuration(nowMs - state.sinceMs),
  };
}
