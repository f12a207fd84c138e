import type { ComponentContext, Extension } from '../../component/define.js';
import { formatDuration } from '../../component/schema/duration.js';
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
    const path = new URL(request.url ?? '/', 'http://a').pathname;
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
    async start() {
      if (config.middlewares.length > 0)
        throw new Error(`failed to resolve middleware ${JSON.stringify(config.middlewares[0]?.id)}: middleware not found`);
      if (config.auth) throw new Error('auth is not supported here yet: remove it');
      server = new HttpServer(config, config.tls && serverTls(config.tls, clock), answer);
      await server.listen();
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

function bodyOf(state: State, nowMs: number): object {
  if (state.kind === 'unavailable') return { status: 'Server not available', upSince: '0001-01-01T00:00:00Z', uptime: '' };
  return {
    status: 'Server available',
    upSince: new Date(state.sinceMs).toISOString(),
    uptime: formatDuration(nowMs - state.sinceMs),
  };
}
