import type { ComponentContext, Extension } from '../../component/define.js';
import { FailureStatus } from '../../component/failure-status.js';
import type { Page } from '../../component/page.js';
import { guarded } from '../../intake/http/guard.js';
import { respondText } from '../../net/http/respond.js';
import { HttpServer, type HttpRequest, type HttpResponse } from '../../net/http/server.js';
import { requestTarget } from '../../net/http/target.js';
import { serverTls } from '../../net/tls/server.js';
import type { Config } from './config.js';
import { documentOf } from './html.js';
import { ownPages } from './pages.js';

/** How many pages are made at once at most. */
const mostAtOnce = 8;
/** The largest page, characters. */
const largest = 8 << 20;
/** How long a page may take to be made, milliseconds. */
const withinMs = 10_000;

/**
 * Pages about the running service, for people (docs/spec/core.md#zpages): its own, and those that components
 * contribute.
 */
export function createZpages(config: Config, { clock, logger }: ComponentContext): Extension {
  let server: HttpServer | undefined;
  let making = 0;

  const respond = async (pages: () => readonly Page[], request: HttpRequest, response: HttpResponse): Promise<void> => {
    const { path, query } = requestTarget(request.url);
    const page = pages().find((each) => path === `/debug/${each.path}`);
    if (!page) return respondText(response, 404, '404 page not found');
    if (making >= mostAtOnce) return respondText(response, 503, 'too many pages are asked for at once');
    making++;
    try {
      const { type, text } = await rendered(page, query, request.headers.accept);
      response.setHeader('content-type', type);
      response.end(text);
    } finally {
      making--;
    }
  };

  const rendered = async (
    page: Page,
    query: URLSearchParams,
    accept: string | undefined,
  ): Promise<{ type: string; text: string }> => {
    let stop = (): void => {};
    const late = new Promise<never>((_resolve, reject) => {
      stop = clock.after(withinMs, () => reject(new Error('the page took too long')));
    });
    try {
      const { blocks, json } = await Promise.race([Promise.resolve(page.content(query)), late]);
      const asJson = !blocks || query.get('format') === 'json' || (accept ?? '').startsWith('application/json');
      const text = asJson ? JSON.stringify(json ?? blocks ?? null) : documentOf(page.title, blocks);
      if (text.length > largest) throw new Error('the page is too large');
      return { type: asJson ? 'application/json; charset=utf-8' : 'text/html; charset=utf-8', text };
    } finally {
      stop();
    }
  };

  return {
    async start(host) {
      const service = host.inspect();
      const own = ownPages(config, service, () => clock.unixMs());
      const pages = (): readonly Page[] => [...own, ...service.pages()];
      const handler = guarded(config, host, (request, response) => {
        request.resume();
        respond(pages, request, response).catch((error: Error) => {
          logger.warn('A page could not be made', { path: request.url, error });
          if (response.headersSent) response.destroy();
          else respondText(response, 500, error.message);
        });
      });
      server = new HttpServer(config, config.tls && serverTls(config.tls, clock, logger), handler, clock);
      await server.listen(new FailureStatus(clock, (event) => host.report(event)));
      logger.info('Starting zPages extension', { endpoint: config.endpoint });
    },
    shutdown: (deadline) => server?.close(deadline),
  };
}
