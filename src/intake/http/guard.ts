import type { Host } from '../../component/lifecycle.js';
import { requestFields } from '../../net/http/fields.js';
import { respondText } from '../../net/http/respond.js';
import type { HttpHandler } from '../../net/http/server.js';
import type { HttpServerConfig } from '../../net/options/http-server.js';
import { resolveServerAuth, resolveServerMiddlewares } from '../../net/options/server-common.js';
import { authenticate } from '../authenticate.js';
import { firstRefusal } from '../middleware.js';

/**
 * `auth` and `middlewares` before a handler without a protocol of its own: refuses with 401, or as the middleware does.
 * Throws at start when an extension is missing or is of another kind.
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
    const sender = await authenticate(authenticator, () => requestFields(request));
    if (sender.step === 'known') await admitted(request, response);
    else respondText(response, 401, sender.refusal.error.message);
  };
}
