import type { Exporter, SignalContext } from '../component/define.js';
import type { DeliveryError } from '../component/delivery-error.js';
import { FailureStatus } from '../component/failure-status.js';
import type { Host } from '../component/lifecycle.js';
import type { Pusher } from '../component/pusher.js';
import type { Attributes } from '../component/telemetry.js';
import type { QueueConfig, RetryConfig } from './config.js';
import type { Batch } from '../otlp/batch.js';
import { Direct } from './direct.js';
import { Drain } from './drain.js';
import { BatchLine } from './batch-line.js';
import { Observer } from './observe.js';
import { Queued } from './queued.js';
import { retried } from './retry.js';
import { isStored } from './stored.js';
import type { Send } from './send.js';
import { attempts } from './timeout.js';

export interface DeliverOptions {
  /** Undefined: the sender waits for the export. */
  readonly queue: QueueConfig | undefined;
  readonly retry: RetryConfig;
  /** Of one attempt; 0 sets no limit. */
  readonly timeoutMs: number;
  /** Attributes of the exporter's metrics beside its ID, such as `server.address`. */
  readonly attributes?: Attributes;
  /** False for parts of an exporter that counts as a whole. */
  readonly metrics?: boolean;
  /** False when the pusher reports the component's status itself. */
  readonly status?: boolean;
  /**
   * Items left when the chain begins to drain are kept elsewhere, so that nothing is sent again. A queue with a
   * storage does so anyway.
   */
  readonly endsWithDrain?: boolean;
  /**
   * The streams that a batch has items of, as numbers: a batch is sent, and sent again, only when all batches before it
   * that share one with it have had their outcome. Undefined: batches may pass each other.
   */
  readonly streams?: (batch: Batch) => Promise<ReadonlySet<number>>;
}

/**
 * The chain before every exporter: queue, batching, books, retries, the timeout of an attempt, and the push itself
 * (docs/spec/core.md#delivery). Each item that enters is out, dropped, returned or held in the ledger at all times, and
 * no item that the backend accepted is sent again.
 */
export function deliver(context: SignalContext, options: DeliverOptions, pusher: Pusher): Exporter {
  const { clock, random, logger } = context;
  const { queue, retry } = options;
  const drain = new Drain();
  const hasStorage = isStored(queue);
  const keeps = (error: DeliveryError): boolean => hasStorage && isInterrupted(error, drain);
  const attributes = options.attributes ?? {};
  const metrics = options.metrics ?? true;
  const observer = new Observer(
    context,
    {
      attributes,
      metrics,
      retries: retry.enabled,
      queued: queue !== undefined,
      senderWaits: queue?.wait_for_result ?? true,
      keeps,
    },
    drain,
  );
  let report: Host['report'] = () => {};
  const status = (options.status ?? true) ? new FailureStatus(clock, (event) => report(event)) : undefined;
  const line = options.streams && new BatchLine(options.streams, clock, drain);
  const through = (to: Pusher): Send => {
    const send = attempts(to, clock, options.timeoutMs, drain, status);
    const again = retry.enabled
      ? retried(send, retry, {
          clock,
          random,
          logger,
          drain,
          endsWithDrain: hasStorage || options.endsWithDrain,
          waiting: (items) =>
            items > 0 ? observer.move(items, 'push', 'retry') : observer.move(-items, 'retry', 'push'),
        })
      : send;
    return line ? line.inOrder(again) : again;
  };
  const entrance = queue
    ? new Queued(
        context,
        queue,
        { metrics: metrics ? { attributes } : undefined, observer, drain, keeps },
        through(pusher),
      )
    : new Direct(observer, pusher, through);
  let ending: Promise<void> | undefined;
  const end = async (deadline: AbortSignal): Promise<void> => {
    drain.begin(deadline);
    pusher.drains?.(deadline);
    await entrance.shutdown();
    await pusher.shutdown?.(deadline);
  };
  return {
    // A request without items is delivered already: there is nothing to send.
    consume: (batch, from) => (batch.itemCount === 0 ? Promise.resolve() : entrance.consume(batch, from)),
    reserve: (batch, from) => (batch.itemCount === 0 ? undefined : entrance.reserve(batch, from)),
    start(host) {
      report = (event) => host.report(event);
      const started = pusher.start?.(host);
      if (!hasStorage || !(entrance instanceof Queued)) return started;
      // Nothing is sent before there is something to send it with.
      return Promise.resolve(started).then(() => entrance.start(host));
    },
    shutdown: (deadline) => (ending ??= end(deadline)),
    sendsTo: () => pusher.sendsTo?.() ?? [],
  };
}

/** The end of the chain, and nothing else, kept a batch from being sent again. */
function isInterrupted(error: DeliveryError, drain: Drain): boolean {
  return drain.begun && error.class === 'retryable' && error.reason === 'shutdown';
}
