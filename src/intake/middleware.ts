import type { Refusal, ServerMiddleware } from '../component/server-middleware.js';

/** The refusal of the outermost middleware that refuses; undefined when all let the request in. */
export function firstRefusal(middlewares: readonly ServerMiddleware[]): Refusal | undefined {
  for (const middleware of middlewares) {
    const refusal = middleware.refusal();
    if (refusal) return refusal;
  }
  return undefined;
}
