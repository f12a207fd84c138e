import { ConvertingProcessor } from '../../aggregation/converting-processor.js';
import { ConfigValueError } from '../../component/config-value-error.js';
import type { Consumer } from '../../component/consumer.js';
import type { PipelineContext } from '../../component/define.js';
import { memoryLimit } from '../../runtime/memory/budget.js';
import { countHeld } from '../../runtime/memory/held.js';
import type { Config } from './config.js';
import { errorOf, metrics } from './telemetry.js';
import { Totals } from './totals.js';

/** The share of the memory limit for streams when `max_bytes` is not set. */
const memoryShare = 1 / 16;
/** The Collector's number for no limit. */
const noLimit = 2 ** 63;

/** Adds up the points of each stream, so that each of them has the total so far. */
export function createDeltaToCumulative(config: Config, context: PipelineContext, next: Consumer): ConvertingProcessor {
  const { meter, id } = context;
  const memory = memoryLimit().bytes;
  if (config.max_bytes > memory)
    throw new ConfigValueError(`is ${config.max_bytes}, and the memory limit is ${memory} bytes`, ['max_bytes']);
  const labels = { processor: id };
  const points = meter.counter(metrics.points, {});
  const gaps = meter.counter(metrics.gaps, labels);
  return new ConvertingProcessor({
    ...{ type: 'delta_to_cumulative', context, next, maxBytes: config.max_bytes || memory * memoryShare },
    maxStaleMs: config.max_stale,
    make: (streams) => new Totals(streams, config.max_streams || Infinity, () => gaps.add(1)),
    count(tally) {
      points.add(tally.converted);
      tally.eachReason((reason, dropped) => meter.counter(metrics.points, { error: errorOf(reason) }).add(dropped));
    },
    observe: (streams) => [
      countHeld(() => streams().reservedBytes),
      meter.observe(metrics.tracked, {}, () => streams().count),
      meter.observe(metrics.limit, {}, () => config.max_streams || noLimit),
      meter.observe(metrics.maxStale, {}, () => Math.trunc(config.max_stale / 1000)),
      meter.observe(metrics.bytes, labels, () => streams().bound.used),
    ],
  });
}
