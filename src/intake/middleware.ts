import type { Refusal, ServerMiddleware } from '../component/server-middleware.js';

/** The first refusal of a server's middlewares, the outermost asked first; undefined lets the request in. */
export function firstRefusal(middlewares: readonly ServerMiddleware[]): Refusal | undefined {
  for (const middleware of middlewares) {
    const refusal = middleware.refusal();
    if (refusal) return refusal;
  }
  return undefined;
}
