import type { Host } from '../../component/lifecycle.js';
import { peerOf, requestFields } from '../../net/http/fields.js';
import { respondText } from '../../net/http/respond.js';
import type { HttpHandler } from '../../net/http/server.js';
import type { HttpServerConfig } from '../../net/options/http-server.js';
import { resolveServerAuth, resolveServerMiddlewares } from '../../net/options/server-common.js';
import { authenticate } from '../authenticate.js';
import { firstRefusal } from '../middleware.js';

/**
 * `auth` and `middlewares` before a handler without a protocol of its own: refuses with 401 (503 when the authenticator
 * cannot say now), or as the middleware does. Throws at start when an extension is missing or is of another kind.
 */
export function guarded(
  config: Pick<HttpServerConfig, 'auth' | 'middlewares'>,
  host: Host,
  handler: HttpHandler,
): HttpHandler {
  const authenticator = resolveServerAuth(config.auth?.authenticator, host);
  const middlewares = resolveServerMiddlewares(config.middlewares, host);
  const admitted: HttpHandler = (request, response) => {
    const refusal = firstRefusal(middlewares);
    if (refusal) {
      response.setHeader('retry-after', String(Math.ceil(refusal.retryAfterMs / 1000)));
      respondText(response, refusal.http, refusal.text);
    } else return handler(request, response);
  };
  if (!authenticator) return admitted;
  return async (request, response) => {
    const sender = await authenticate(authenticator, (it) => it.authenticate(requestFields(request), peerOf(request)));
    if (sender.step === 'known') return admitted(request, response);
    const { kind, error } = sender.refusal;
    if (kind === 'not_authenticated_now') response.setHeader('retry-after', '1');
    respondText(response, kind === 'unauthenticated' ? 401 : 503, error.message);
  };
}
