import type { Clock } from '../../component/clock.js';
import { formatDuration } from '../../component/schema/duration.js';
import type { HttpHandler } from '../../net/http/server.js';
import type { Config } from './config.js';

/** Responds whether every pipeline runs, whatever the status of its components (docs/spec/core.md#health-check). */
export function readiness(config: Config, clock: Clock, readySince: () => number | undefined): HttpHandler {
  const bodies = config.response_body;
  return (_request, response) => {
    const since = readySince();
    const healthy = since !== undefined;
    response.statusCode = healthy ? 200 : 503;
    if (bodies) {
      const body = healthy ? bodies.healthy : bodies.unhealthy;
      if (body !== '') response.setHeader('content-type', 'text/plain; charset=utf-8');
      response.end(body);
      return;
    }
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(bodyOf(since, clock.unixMs())));
  };
}

function bodyOf(sinceMs: number | undefined, nowMs: number): object {
  if (sinceMs === undefined) return { status: 'Server not available', upSince: '0001-01-01T00:00:00Z', uptime: '' };
  return {
    status: 'Server available',
    upSince: new Date(sinceMs).toISOString(),
    uptime: formatDuration(nowMs - sinceMs),
  };
}
