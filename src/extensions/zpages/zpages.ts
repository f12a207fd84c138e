import { shownCommandLine } from '../../component/command-line.js';
import type { ComponentContext, Extension } from '../../component/define.js';
import { FailureStatus } from '../../component/failure-status.js';
import type { ServiceView } from '../../component/service-view.js';
import { guarded } from '../../intake/http/guard.js';
import { respondText } from '../../net/http/respond.js';
import { HttpServer, type HttpHandler } from '../../net/http/server.js';
import { serverTls } from '../../net/tls/server.js';
import type { Config } from './config.js';
import { extensionz, featurez, ledgerz, pipelinez, servicez, tracez, type Page } from './pages.js';

const pages: ReadonlyMap<string, Page> = new Map([
  ['/debug/servicez', servicez],
  ['/debug/pipelinez', pipelinez],
  ['/debug/extensionz', extensionz],
  ['/debug/featurez', featurez],
  ['/debug/ledgerz', ledgerz],
]);

/** Pages about the running service, for people (docs/spec/core.md#zpages). */
export function createZpages(config: Config, context: ComponentContext): Extension {
  const { clock, logger } = context;
  let server: HttpServer | undefined;

  const answer =
    (service: ServiceView): HttpHandler =>
    (request, response) => {
      request.resume();
      const url = new URL(request.url ?? '/', 'http://localhost');
      if (url.pathname === '/debug/ledgerz' && wantsJson(request.headers.accept, url)) {
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify(service.ledger()));
        return;
      }
      if (url.pathname === '/debug/expvarz' && config.expvar.enabled) {
        response.setHeader('content-type', 'application/json; charset=utf-8');
        response.end(JSON.stringify({ cmdline: shownCommandLine(), memstats: process.memoryUsage() }));
        return;
      }
      const page = pages.get(url.pathname) ?? (url.pathname === '/debug/tracez' && service.spans ? tracez : undefined);
      if (!page) {
        respondText(response, 404, '404 page not found');
        return;
      }
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(page(url.searchParams, service, clock.unixMs()));
    };

  return {
    async start(host) {
      server = new HttpServer(config, config.tls && serverTls(config.tls, clock), guarded(config, host, answer(host.inspect())));
      await server.listen(new FailureStatus(clock, (event) => host.report(event)));
      logger.info('Starting zPages extension', { endpoint: config.endpoint });
    },
    shutdown: (deadline) => server?.close(deadline),
  };
}

function wantsJson(accept: string | undefined, url: URL): boolean {
  return url.searchParams.get('format') === 'json' || (accept ?? '').startsWith('application/json');
}
