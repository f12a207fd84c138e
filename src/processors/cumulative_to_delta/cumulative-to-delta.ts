import { ConvertingProcessor } from '../../aggregation/converting-processor.js';
import { ConfigValueError } from '../../component/config-value-error.js';
import type { Consumer } from '../../component/consumer.js';
import type { PipelineContext } from '../../component/define.js';
import { memoryLimit } from '../../runtime/memory/budget.js';
import { countHeld } from '../../runtime/memory/held.js';
import type { Config } from './config.js';
import { Deltas } from './deltas.js';
import { MetricFilter } from './metric-filter.js';
import { metrics } from './telemetry.js';

/** The share of the memory limit for streams when `max_bytes` is not set. */
const memoryShare = 1 / 16;

/** Gives points with a total the change since the one before of their stream. */
export function createCumulativeToDelta(config: Config, context: PipelineContext, next: Consumer): ConvertingProcessor {
  const { meter, id } = context;
  const memory = memoryLimit().bytes;
  if (config.max_bytes > memory)
    throw new ConfigValueError(`is ${config.max_bytes}, and the memory limit is ${memory} bytes`, ['max_bytes']);
  const filter = new MetricFilter(config);
  const labels = { processor: id };
  const points = meter.counter(metrics.points, labels);
  return new ConvertingProcessor({
    ...{ type: 'cumulative_to_delta', context, next, maxBytes: config.max_bytes || memory * memoryShare },
    maxStaleMs: config.max_staleness || Infinity,
    make: (streams) => new Deltas(streams, filter, config),
    count(tally) {
      points.add(tally.converted);
      tally.eachReason((reason, dropped) => meter.counter(metrics.dropped, { ...labels, reason }).add(dropped));
    },
    observe: (streams) => [
      countHeld(() => streams().reservedBytes),
      meter.observe(metrics.streams, labels, () => streams().count),
      meter.observe(metrics.bytes, labels, () => streams().bound.used),
    ],
  });
}
