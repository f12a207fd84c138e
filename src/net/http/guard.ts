import type { Host } from '../../component/lifecycle.js';
import type { HttpServerConfig } from '../options/http-server.js';
import { firstRefusal, resolveServerAuth, resolveServerMiddlewares } from '../options/server-common.js';
import type { HttpHandler, HttpRequest, HttpResponse } from './server.js';

/**
 * `auth` and `middlewares` before a handler that has no protocol of its own: 401 and whatever a middleware says. Throws at start when
 * an extension is not there or is of another kind.
 */
export function guarded(config: Pick<HttpServerConfig, 'auth' | 'middlewares'>, host: Host, handler: HttpHandler): HttpHandler {
  const authenticator = resolveServerAuth(config.auth?.authenticator, host);
  const middlewares = resolveServerMiddlewares(config.middlewares, host);
  const admitted: HttpHandler = (request, response) => {
    const refusal = firstRefusal(middlewares);
    if (refusal) {
      response.setHeader('retry-after', String(Math.ceil(refusal.retryAfterMs / 1000)));
      text(response, refusal.http, refusal.text);
    } else handler(request, response);
  };
  if (!authenticator) return admitted;
  return (request, response) => {
    authenticator.authenticate(fieldsOf(request)).then(
      () => admitted(request, response),
      (error: Error) => text(response, 401, error.message),
    );
  };
}

function fieldsOf(request: HttpRequest): ReadonlyMap<string, readonly string[]> {
  const fields = new Map<string, readonly string[]>();
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined && !name.startsWith(':')) fields.set(name, Array.isArray(value) ? value : [value]);
  return fields;
}

/** Answers as Go's `http.Error` does. */
export function text(response: HttpResponse, status: number, words: string): void {
  response.statusCode = status;
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.setHeader('x-content-type-options', 'nosniff');
  response.end(`${words}\n`);
}
