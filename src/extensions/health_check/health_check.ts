import type { ComponentContext, Extension } from '../../component/define.js';
import { FailureStatus } from '../../component/failure-status.js';
import type { Host } from '../../component/lifecycle.js';
import { guarded } from '../../intake/http/guard.js';
import { HttpServer, type HttpHandler } from '../../net/http/server.js';
import { requestTarget } from '../../net/http/target.js';
import { serverTls } from '../../net/tls/server.js';
import { ComponentHealth, type ServicePhase } from './component-health.js';
import type { Config } from './config.js';
import { readiness } from './readiness.js';
import { route } from './route.js';

/** Serves whether the pipelines run, or with `use_v2` the status of the components. */
export function createHealthCheck(config: Config, context: ComponentContext): Extension {
  const { clock, logger } = context;
  const status = config.use_v2 ? config.http : undefined;
  const served = status ?? config;
  let phase: ServicePhase = 'starting';
  let readyMs: number | undefined;
  let server: HttpServer | undefined;

  const componentHealth =
    (host: Host): HttpHandler =>
    (request, response) => {
      const { query } = requestTarget(request.url);
      const health = new ComponentHealth(host.inspect(), phase, config.component_health, clock.unixMs());
      const verbose = query.has('verbose') && query.get('verbose') !== 'false';
      const result = health.responseTo({ pipeline: query.get('pipeline') ?? '', verbose });
      response.statusCode = result?.http ?? 404;
      if (!result) return void response.end();
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(result.body));
    };

  const handlerOf = (host: Host): HttpHandler =>
    status
      ? route(status.status.enabled ? status.status.path : undefined, componentHealth(host))
      : route(
          config.path,
          readiness(config, clock, () => readyMs),
        );

  return {
    async start(host) {
      if (config.component_health && !config.use_v2) logger.warn('component_health has no effect without use_v2: true');
      server = new HttpServer(
        served,
        served.tls && serverTls(served.tls, clock, logger),
        guarded(served, host, handlerOf(host)),
        clock,
      );
      await server.listen(new FailureStatus(clock, (event) => host.report(event)));
      logger.info('Starting health_check extension', { endpoint: served.endpoint });
    },
    ready() {
      phase = 'running';
      readyMs = clock.unixMs();
      logger.info('Health Check state change', { status: 'ready' });
    },
    notReady() {
      phase = 'stopping';
      readyMs = undefined;
      logger.info('Health Check state change', { status: 'unavailable' });
    },
    shutdown: (deadline) => server?.close(deadline),
  };
}
