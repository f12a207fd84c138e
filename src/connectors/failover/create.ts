import type { Consumer } from '../../component/consumer.js';
import type { Connector, ConnectorContext } from '../../component/define.js';
import type { Host } from '../../component/lifecycle.js';
import type { RetryConfig } from '../../delivery/config.js';
import { deliver } from '../../delivery/deliver.js';
import { isStored } from '../../delivery/stored.js';
import type { Config } from './config.js';
import { Failover } from './failover.js';
import { Levels, type LevelState } from './levels.js';
import { metrics } from './telemetry.js';

/**
 * Batches in the queue have been acknowledged: while all levels refuse one, it is offered again, from a storage without
 * end. Milliseconds.
 */
const retry: RetryConfig = {
  enabled: true,
  initial_interval: 5000,
  randomization_factor: 0.5,
  multiplier: 1.5,
  max_interval: 30_000,
  max_elapsed_time: 300_000,
};

export function createFailover(config: Config, context: ConnectorContext): Connector {
  const { id, from: signal, router, logger, meter, clock, ledger } = context;
  for (const key of ['retry_gap', 'max_retries'] as const)
    if (config[key] !== 0) logger.warn(`\`${key}\` is deprecated and has no effect`);
  const names = config.priority_levels;
  const failures = names.map((_, level) => meter.counter(metrics.failed, { connector: id, level }));
  let report: Host['report'] = () => {};
  const levels = new Levels({
    ...{ clock, count: names.length, retryMs: config.retry_interval, downRetryMs: config.down_retry_interval },
    changed(before, now, why) {
      const error = why?.message;
      const from = pipelinesOf(before, names);
      const to = pipelinesOf(now, names);
      if (why) failures[levelOf(before)]?.add(1);
      if (now.kind === 'down') logger.error('All levels have failed', { from, error });
      else if (why) logger.warn('A level has failed, and the next one takes over', { from, to, error });
      else logger.info('A level above works again, and takes over', { from, to });
      if (now.kind === 'down') report({ status: 'recoverable_error', error: new Error(`all levels failed: ${error}`) });
      else if (before.kind === 'down') report({ status: 'ok' });
    },
  });
  const queue = config.sending_queue;
  const failover = new Failover({
    ...{ levels, clock, consumers: names.map((ids) => router.consumer(ids)) },
    books: queue ? undefined : ledger.component(id, signal),
  });
  const unobserve = meter.observe(metrics.active, { connector: id }, () => levels.active);
  const chain =
    queue &&
    deliver(
      { ...context, signal },
      { queue, retry: isStored(queue) ? { ...retry, max_elapsed_time: 0 } : retry, timeoutMs: 0, status: false },
      { push: (batch, attempt) => failover.consume(batch, attempt) },
    );
  const entrance: Consumer = chain ?? failover;
  return {
    consume: (batch, from) => (batch.itemCount === 0 ? Promise.resolve() : entrance.consume(batch, from)),
    reserve: (batch, from) => (batch.itemCount === 0 ? undefined : entrance.reserve?.(batch, from)),
    async start(host) {
      report = (event) => host.report(event);
      await chain?.start?.(host);
    },
    async shutdown(deadline) {
      await chain?.shutdown?.(deadline);
      levels.stop();
      unobserve();
    },
  };
}

function levelOf(state: LevelState): number {
  return state.kind === 'lower' ? state.level : state.kind === 'first' ? 0 : -1;
}

function pipelinesOf(state: LevelState, names: Config['priority_levels']): readonly string[] {
  return names[levelOf(state)] ?? [];
}
