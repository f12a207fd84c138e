import { emptyContext, type Consumer, type RequestContext } from '../../component/consumer.js';
import type { PipelineContext, Processor } from '../../component/define.js';
import { DeliveryError } from '../../component/delivery-error.js';
import { passing } from '../../component/reservation.js';
import type { BatchLimits } from '../../delivery/accumulator.js';
import { Drain } from '../../delivery/drain.js';
import { MetadataKeys } from '../../delivery/metadata-keys.js';
import type { Batch } from '../../otlp/batch.js';
import type { Config } from './config.js';
import { passOn } from './pass-on.js';
import { Shard } from './shard.js';
import { metrics, seriesOf } from './telemetry.js';

/**
 * Makes the processor of one pipeline: a shard per combination of metadata values, each with its own timer and order.
 */
export function createBatch(config: Config, context: PipelineContext, next: Consumer): Processor {
  const { send_batch_size: minSize, send_batch_max_size: maxSize, timeout: timeoutMs } = config;
  const limits: BatchLimits = { sizer: 'items', minSize, maxSize, timeoutMs, timer: 'last-departure' };
  const keys = new MetadataKeys(config.metadata_keys);
  const books = context.ledger.component(context.id, context.signal);
  const attributes = { processor: context.id };
  const series = seriesOf(context.meter, attributes);
  const drain = new Drain();
  const budget = context.budget.share(`${context.kind} ${context.pipeline} ${context.id}`);
  const shards = new Map<string, Shard>();
  // All pipelines with this processor show one number.
  const counts = context.shared(() => new Set<() => number>());
  const count = (): number => shards.size;
  counts.add(count);
  const unobserve = context.meter.observe(metrics.cardinality, attributes, () =>
    [...counts].reduce((sum, read) => sum + read(), 0),
  );

  const shardOf = (request: RequestContext): Shard => {
    const key = keys.partitionOf(request);
    let shard = shards.get(key);
    if (shard) return shard;
    const limit = config.metadata_cardinality_limit;
    if (!keys.empty && limit > 0 && shards.size >= limit) {
      throw new DeliveryError('Permanent error: too many batcher metadata-value combinations', {
        class: 'permanent',
        reason: 'too_many_combinations',
      });
    }
    // Without a limit nothing else would bound how many idle ones are kept.
    const idle = (): void => void (!keys.empty && limit === 0 && shards.delete(key));
    shard = new Shard({ limits, context, budget, next, drain, books, series, outgoing: keys.shared(request), idle });
    shards.set(key, shard);
    return shard;
  };
  if (keys.empty) shardOf(emptyContext);

  const waits = ({ signal }: Batch): boolean => timeoutMs > 0 && minSize > 0 && signal !== 'profiles';
  const refuse = (items: number, { reason }: DeliveryError): void => {
    books.in(items);
    books.returned(items, reason);
  };
  let ending: Promise<void> | undefined;
  const end = async (deadline: AbortSignal): Promise<void> => {
    drain.begin(deadline);
    await Promise.all([...shards.values()].map((shard) => shard.shutdown()));
    budget.close();
    counts.delete(count);
    if (counts.size === 0) unobserve();
  };
  return {
    async consume(batch: Batch, request: RequestContext): Promise<void> {
      const items = batch.itemCount;
      if (items === 0) return;
      let shard: Shard;
      try {
        shard = shardOf(request);
        if (waits(batch)) await shard.add(batch, request);
      } catch (failure) {
        const error = DeliveryError.from(failure);
        refuse(items, error);
        throw error;
      }
      if (!waits(batch))
        await passOn(batch, { ...request, metadata: shard.outgoing.metadata }, { max: maxSize, next, books, series });
    },
    reserve(batch, request) {
      const items = batch.itemCount;
      if (items === 0) return undefined;
      const refused = (error: DeliveryError): void => refuse(items, error);
      let shard: Shard;
      try {
        shard = shardOf(request);
      } catch {
        // A batch that `consume` refuses for good must still be handed to the others.
        return undefined;
      }
      if (waits(batch)) return shard.reserve(batch, refused);
      // A batch that is cut is handed on in parts, one after the other.
      if (maxSize > 0 && items > maxSize && batch.signal !== 'profiles') return undefined;
      const outgoing = (sender: RequestContext): RequestContext => ({ ...sender, metadata: shard.outgoing.metadata });
      return passing(
        next.reserve?.(batch, outgoing(request)),
        (whole, sender, to) => passOn(whole, outgoing(sender), { max: maxSize, next: to, books, series }),
        refused,
      );
    },
    shutdown: (deadline) => (ending ??= end(deadline)),
  };
}
