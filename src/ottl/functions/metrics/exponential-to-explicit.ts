import { MessageWriter } from '../../../otlp/build/message-writer.js';
import { writeMessage } from '../../../otlp/build/message.js';
import { writeFixed64 } from '../../../otlp/build/numbers.js';
import { fieldOf, tagOf } from '../../../otlp/fields.js';
import { Backing } from '../../../otlp/view/backing.js';
import { Layout } from '../../../otlp/view/layout.js';
import { MessageView } from '../../../otlp/view/message.js';
import { MetricView } from '../../../otlp/view/metric.js';
import type { ExponentialHistogramPointView } from '../../../otlp/view/points.js';
import { at } from '../../contexts/batch-scene.js';
import { editor, type Editor, type FunctionServices } from '../../function.js';
import { StatementError } from '../../ottl-error.js';
import { list, literalFloat, literalString } from '../../parameters.js';
import { metricOf } from './metric-of.js';
import { bound } from './percentile.js';
import { add, midpoint, randomSpread, uniform, upper, type Spread } from './spread.js';

const histogram = fieldOf('Metric', 'histogram');
const tags = {
  points: tagOf('Histogram', 'data_points'),
  temporality: tagOf('Histogram', 'aggregation_temporality'),
  start: tagOf('HistogramDataPoint', 'start_time_unix_nano'),
  time: tagOf('HistogramDataPoint', 'time_unix_nano'),
  count: tagOf('HistogramDataPoint', 'count'),
  sum: tagOf('HistogramDataPoint', 'sum'),
  min: tagOf('HistogramDataPoint', 'min'),
  max: tagOf('HistogramDataPoint', 'max'),
  bounds: tagOf('HistogramDataPoint', 'explicit_bounds'),
  counts: tagOf('HistogramDataPoint', 'bucket_counts'),
  exemplars: tagOf('HistogramDataPoint', 'exemplars'),
  attributes: tagOf('HistogramDataPoint', 'attributes'),
} as const;

const parameters = { distribution_fn: literalString(), explicit_bounds: list(literalFloat()) };

/** Makes a histogram with given bounds of an exponential one; other metrics stay as they are. */
export const exponentialToExplicit: Editor = editor(
  'convert_exponential_histogram_to_histogram',
  parameters,
  ({ distribution_fn, explicit_bounds }, services) => {
    if (explicit_bounds.length === 0) throw new StatementError('explicit bounds cannot be empty');
    const spread = spreadNamed(distribution_fn || 'random', services);
    const view = new MetricView();
    const made = new MessageView(new Layout('Histogram'));
    const writer = new MessageWriter();
    return (scene) => {
      const metric = metricOf(scene, view);
      if (metric.type !== 'exponentialHistogram') return;
      writer.reset();
      writer.tag(tags.temporality);
      writer.varint(metric.aggregationTemporality);
      for (const point = metric.exponentialHistogramPoints(); point.next();)
        writePoint(writer, point, explicit_bounds, spread);
      const backing = new Backing();
      backing.bytes = writer.finish((size) => new Uint8Array(size));
      made.move(backing, 0, backing.bytes.length);
      at(scene).editor('item').setMessage(histogram, made);
    };
  },
);

function spreadNamed(name: string, { randomBytes }: FunctionServices): Spread {
  const word = new Uint32Array(1);
  const random = (): number => {
    randomBytes(new Uint8Array(word.buffer));
    return (word[0] ?? 0) / 2 ** 32;
  };
  const spread = new Map([
    ['upper', upper],
    ['midpoint', midpoint],
    ['uniform', uniform],
    ['random', randomSpread(random)],
  ]).get(name);
  if (spread !== undefined) return spread;
  throw new StatementError(
    `invalid distribution algorithm: ${name}, must be one of [upper, midpoint, random, uniform]`,
  );
}

function writePoint(
  writer: MessageWriter,
  point: ExponentialHistogramPointView,
  bounds: readonly number[],
  spread: Spread,
): void {
  const counts = countsOf(point, bounds, spread);
  writer.tag(tags.points);
  writer.open();
  fixed(writer, tags.start, point.startTimeUnixNano.toBigInt());
  fixed(writer, tags.time, point.timeUnixNano.toBigInt());
  fixed(writer, tags.count, point.count.toBigInt());
  for (const [tag, value] of [
    [tags.sum, point.sum],
    [tags.min, point.min],
    [tags.max, point.max],
  ] as const) {
    writer.tag(tag);
    writer.double(value);
  }
  writer.tag(tags.bounds);
  writer.open();
  for (const each of bounds) writer.double(each);
  writer.close();
  writer.tag(tags.counts);
  writer.open();
  for (const count of counts) writeFixed64(writer, count);
  writer.close();
  for (const exemplar = point.exemplars(); exemplar.next();) message(writer, tags.exemplars, exemplar);
  for (const attribute = point.attributes(); attribute.next();) message(writer, tags.attributes, attribute);
  writer.close();
}

/** As many counts as bounds: what lies above the last bound is counted in the last bucket, as upstream. */
function countsOf(point: ExponentialHistogramPointView, bounds: readonly number[], spread: Spread): bigint[] {
  const counts = bounds.map(() => 0n);
  const last = bounds.length - 1;
  if (bounds[0] === 0) add(counts, 0, point.zeroCount.toBigInt());
  const { positive, scale } = point;
  let index = positive.offset;
  for (const bucket = positive.bucketCounts(); bucket.next(); index++) {
    const count = bucket.value.toBigInt();
    const [low, high] = [bound(index, scale), bound(index + 1, scale)];
    if (low > (bounds[last] ?? 0)) add(counts, last, count);
    else {
      const inside = bounds.findIndex((each, i) => i > 0 && low > (bounds[i - 1] ?? 0) && high <= each);
      if (inside === -1) spread(counts, bounds, count, low, high);
      else add(counts, inside - 1, count);
    }
  }
  return counts;
}

function fixed(writer: MessageWriter, tag: number, value: bigint): void {
  writer.tag(tag);
  writeFixed64(writer, value);
}

function message(writer: MessageWriter, tag: number, view: MessageView): void {
  writer.tag(tag);
  writer.open();
  writeMessage(writer, view);
  writer.close();
}
