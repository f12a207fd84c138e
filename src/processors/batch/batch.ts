import { emptyContext, type Consumer, type RequestContext } from '../../component/consumer.js';
import type { PipelineContext, Processor } from '../../component/define.js';
import { DeliveryError } from '../../component/delivery-error.js';
import { Drain } from '../../delivery/drain.js';
import type { Batch } from '../../otlp/batch.js';
import type { Config } from './config.js';
import { passOn } from './pass-on.js';
import { Shard } from './shard.js';
import { metrics } from './telemetry.js';

/** Makes the processor of one pipeline: a shard per combination of metadata values, each with its own timer and order. */
export function createBatch(config: Config, context: PipelineContext, next: Consumer): Processor {
  const keys = config.metadata_keys.map((key) => key.toLowerCase()).sort();
  const books = context.ledger.component(context.id, context.signal);
  const attributes = { processor: context.id };
  const { meter } = context;
  const series = {
    size: meter.histogram(metrics.size, attributes),
    bytes: meter.histogram(metrics.bytes, attributes),
    bySize: meter.counter(metrics.bySize, attributes),
    byTimeout: meter.counter(metrics.byTimeout, attributes),
  };
  const drain = new Drain();
  const shards = new Map<string, Shard>();
  // All pipelines with this processor show one number.
  const counts = context.shared(() => new Set<() => number>());
  const count = (): number => shards.size;
  counts.add(count);
  const unobserve = meter.observe(metrics.cardinality, attributes, () => [...counts].reduce((sum, read) => sum + read(), 0));

  const shardOf = (request: RequestContext): Shard => {
    const key = keys.length === 0 ? '' : JSON.stringify(keys.map((name) => request.metadata.get(name) ?? null));
    let shard = shards.get(key);
    if (shard) return shard;
    const limit = config.metadata_cardinality_limit;
    if (keys.length > 0 && limit > 0 && shards.size >= limit) {
      throw new DeliveryError('Permanent error: too many batcher metadata-value combinations', {
        class: 'permanent',
        reason: 'too_many_combinations',
      });
    }
    const forgettable = keys.length > 0 && limit === 0;
    shard = new Shard({
      config,
      context,
      next,
      drain,
      books,
      series,
      outgoing: only(keys, request),
      // Without a limit nothing else would bound how many idle ones are kept.
      idle: () => void (forgettable && shards.delete(key)),
    });
    shards.set(key, shard);
    return shard;
  };
  if (keys.length === 0) shardOf(emptyContext);

  const waits = config.timeout > 0 && config.send_batch_size > 0;
  let ending: Promise<void> | undefined;
  const end = async (deadline: AbortSignal): Promise<void> => {
    drain.begin(deadline);
    await Promise.all([...shards.values()].map((shard) => shard.shutdown()));
    counts.delete(count);
    if (counts.size === 0) unobserve();
  };
  return {
    async consume(batch: Batch, request: RequestContext): Promise<void> {
      const items = batch.itemCount;
      if (items === 0) return;
      const wait = waits && batch.signal !== 'profiles';
      let shard: Shard;
      try {
        shard = shardOf(request);
        if (wait) await shard.reserve(batch, request);
      } catch (failure) {
        const error = DeliveryError.from(failure);
        books.in(items);
        books.returned(items, error.reason);
        throw error;
      }
      books.in(items);
      if (wait) shard.add(batch);
      else await passOn(batch, { ...request, metadata: shard.outgoing.metadata }, { max: config.send_batch_max_size, next, books, series });
    },
    shutdown: (deadline) => (ending ??= end(deadline)),
  };
}

/** A context with nothing but the values of some keys. */
function only(keys: readonly string[], request: RequestContext): RequestContext {
  if (keys.length === 0) return emptyContext;
  const metadata = new Map<string, readonly string[]>();
  for (const key of keys) {
    const values = request.metadata.get(key);
    if (values) metadata.set(key, values);
  }
  return { metadata };
}
