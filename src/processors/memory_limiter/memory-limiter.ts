import type { Consumer, RequestContext } from '../../component/consumer.js';
import type { PipelineContext, Processor } from '../../component/define.js';
import { DeliveryError } from '../../component/delivery-error.js';
import { handOn } from '../../component/hand-on.js';
import { passing } from '../../component/reservation.js';
import type { Batch } from '../../otlp/batch.js';
import { memoryLimit } from '../../runtime/memory/budget.js';
import type { Config } from './config.js';
import { limitsOf, Monitor } from '../../runtime/memory/limiter/monitor.js';
import { accepted, counted, refused } from './telemetry.js';
import { processMemory, type Memory } from '../../runtime/memory/limiter/usage.js';

/** Refuses data while the process uses too much memory; its sender keeps it and comes back. */
export function createMemoryLimiter(
  config: Config,
  context: PipelineContext,
  next: Consumer,
  memory: () => Memory = processMemory,
): Processor {
  const { signal, meter, ledger, clock, logger } = context;
  const monitor = context.shared(
    () => new Monitor(config, limitsOf(config, memoryLimit().bytes), memory(), clock, logger),
  );
  const books = ledger.component(context.id, signal);
  const attributes = { processor: context.id };
  const counters = counted.includes(signal)
    ? { accepted: meter.counter(accepted(signal), attributes), refused: meter.counter(refused(signal), attributes) }
    : undefined;
  let started = false;
  const refusal = (): DeliveryError =>
    new DeliveryError('data refused due to high memory usage', {
      class: 'retryable',
      reason: 'memory_limit',
      local: true,
    });
  const refuse = (items: number): void => {
    counters?.refused.add(items);
    books.in(items);
    books.returned(items, 'memory_limit');
  };
  const accept = (batch: Batch, request: RequestContext, to: Pick<Consumer, 'consume'>): Promise<void> => {
    const items = batch.itemCount;
    counters?.accepted.add(items);
    books.in(items);
    return handOn(batch, request, to, books);
  };
  return {
    start(host) {
      if (started) return;
      started = true;
      monitor.start(host);
    },
    async consume(batch, request) {
      const items = batch.itemCount;
      if (monitor.refusing && items > 0) {
        refuse(items);
        throw refusal();
      }
      await accept(batch, request, next);
    },
    reserve(batch, request) {
      const items = batch.itemCount;
      if (monitor.refusing && items > 0) return { granted: false, error: refusal(), refuse: () => refuse(items) };
      return passing(next.reserve?.(batch, request), accept, ({ reason }) => {
        counters?.accepted.add(items);
        books.in(items);
        books.returned(items, reason);
      });
    },
    shutdown() {
      if (!started) return;
      started = false;
      monitor.stop();
    },
  };
}
