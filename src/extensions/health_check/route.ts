import { posix } from 'node:path';
import { respondText } from '../../net/http/respond.js';
import type { HttpHandler } from '../../net/http/server.js';
import { locationPath, originForm } from '../../net/http/target.js';

/**
 * Passes requests for the path `served` to the handler, as a mux of Go does: a path that ends in `/` serves everything
 * below it, and a probe with a slash too many is redirected rather than failed. Undefined: nothing is served.
 */
export function route(served: string | undefined, handler: HttpHandler): HttpHandler {
  return (request, response) => {
    request.resume();
    const [path = '', query] = (originForm(request.url) || '/').split(/\?(.*)/s, 2);
    const clean = cleaned(path);
    if (served !== undefined && clean !== path) {
      const target = locationPath(clean);
      const location = query === undefined ? target : `${target}?${query}`;
      response.writeHead(307, { location, 'content-type': 'text/html; charset=utf-8' });
      response.end(
        `<a href="${location.replaceAll('&', '&amp;').replaceAll('"', '&#34;').replaceAll('<', '&lt;')}">Temporary ` +
          `Redirect</a>.\n\n`,
      );
      return;
    }
    const isServed = served !== undefined && (served.endsWith('/') ? path.startsWith(served) : path === served);
    if (isServed) return handler(request, response);
    respondText(response, 404, '404 page not found');
  };
}

/** Without empty and dot segments; a slash at the end stays. */
function cleaned(path: string): string {
  const clean = posix.normalize(`/${path}`);
  return clean.replace(/^\/+/, '/');
}
