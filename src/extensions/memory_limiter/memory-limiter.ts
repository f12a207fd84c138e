import type { ComponentContext, Providing } from '../../component/define.js';
import type { Refusal } from '../../component/server-middleware.js';
import { memoryLimit } from '../../runtime/memory/budget.js';
import { limitsOf, Monitor } from '../../runtime/memory/limiter/monitor.js';
import { processMemory, type Memory } from '../../runtime/memory/limiter/usage.js';
import type { Config } from './config.js';

const resourceExhausted = 8;

/**
 * Turns requests away before their body is read while the process uses too much memory
 * (docs/spec/core.md#memory-limiter-extension). Both protocols say when to come back: without that, a client of gRPC
 * would have to throw its data away.
 */
export function createMemoryLimiter(
  config: Config,
  { clock, logger }: ComponentContext,
  memory: () => Memory = processMemory,
): Providing<'server_middleware'> {
  const monitor = new Monitor(config, limitsOf(config, memoryLimit().bytes), memory(), clock, logger);
  const refusal: Refusal = {
    http: 429,
    text: 'Too Many Requests',
    status: { code: resourceExhausted, message: 'RESOURCE_EXHAUSTED', details: [] },
    retryAfterMs: Math.max(1000, config.check_interval),
  };
  return {
    start: (host) => monitor.start(host),
    offers: { server_middleware: { refusal: () => (monitor.refusing ? refusal : undefined) } },
    shutdown: () => monitor.stop(),
  };
}
