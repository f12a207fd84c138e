import { MessageWriter } from '../../../otlp/build/message-writer.js';
import { writeMessage } from '../../../otlp/build/message.js';
import { writeFixed64 } from '../../../otlp/build/numbers.js';
import { tagOf } from '../../../otlp/fields.js';
import type { Key } from '../../../otlp/view/key.js';
import type { MetricView } from '../../../otlp/view/metric.js';
import type { PointView } from '../../../otlp/view/points.js';

const tags = {
  name: tagOf('Metric', 'name'),
  description: tagOf('Metric', 'description'),
  unit: tagOf('Metric', 'unit'),
  gauge: tagOf('Metric', 'gauge'),
  sum: tagOf('Metric', 'sum'),
  points: tagOf('Sum', 'data_points'),
  temporality: tagOf('Sum', 'aggregation_temporality'),
  monotonic: tagOf('Sum', 'is_monotonic'),
  start: tagOf('NumberDataPoint', 'start_time_unix_nano'),
  time: tagOf('NumberDataPoint', 'time_unix_nano'),
  attributes: tagOf('NumberDataPoint', 'attributes'),
  int: tagOf('NumberDataPoint', 'as_int'),
  double: tagOf('NumberDataPoint', 'as_double'),
  key: tagOf('KeyValue', 'key'),
  value: tagOf('KeyValue', 'value'),
  doubleValue: tagOf('AnyValue', 'double_value'),
} as const;

const writer = new MessageWriter();

/** An attribute that a point has in place of one of the same key. */
export interface Attribute {
  readonly key: Key;
  readonly value: number;
}

/** The fields that a gauge or a sum has beside its points. */
export type NumberKind =
  | { readonly type: 'gauge' }
  | { readonly type: 'sum'; readonly temporality: number; readonly isMonotonic: boolean };

export interface MetricDetails {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
}

/** Writes one gauge or sum at a time, whose points come from points of another metric. */
export class MetricBody {
  #points = 0;

  begin({ name, description, unit }: MetricDetails, kind: NumberKind): void {
    this.#points = 0;
    writer.reset();
    writer.text(tags.name, name);
    if (description !== '') writer.text(tags.description, description);
    if (unit !== '') writer.text(tags.unit, unit);
    writer.tag(kind.type === 'gauge' ? tags.gauge : tags.sum);
    writer.open();
    if (kind.type === 'gauge') return;
    writer.tag(tags.temporality);
    writer.varint(kind.temporality);
    writer.tag(tags.monotonic);
    writer.byte(kind.isMonotonic ? 1 : 0);
  }

  /** Adds a point with the times and the attributes of another: a bigint is an int64, a number a double. */
  point(from: PointView, value: bigint | number, attribute?: Attribute): void {
    this.#points++;
    writer.tag(tags.points);
    writer.open();
    writer.tag(tags.start);
    writeFixed64(writer, from.startTimeUnixNano.toBigInt());
    writer.tag(tags.time);
    writeFixed64(writer, from.timeUnixNano.toBigInt());
    if (typeof value === 'bigint') {
      writer.tag(tags.int);
      writeFixed64(writer, value);
    } else {
      writer.tag(tags.double);
      writer.double(value);
    }
    for (const each = from.attributes(); each.next();) {
      if (attribute !== undefined && each.key.is(attribute.key)) continue;
      writer.tag(tags.attributes);
      writer.open();
      writeMessage(writer, each);
      writer.close();
    }
    if (attribute !== undefined) writeDouble(attribute);
    writer.close();
  }

  /** The message, or undefined when it has no points. */
  finish(): Uint8Array | undefined {
    writer.close();
    if (this.#points > 0) return writer.finish((size) => new Uint8Array(size));
    writer.reset();
    return undefined;
  }
}

function writeDouble({ key, value }: Attribute): void {
  writer.tag(tags.attributes);
  writer.open();
  writer.tag(tags.key);
  writer.delimited(key.bytes);
  writer.tag(tags.value);
  writer.open();
  writer.tag(tags.doubleValue);
  writer.double(value);
  writer.close();
  writer.close();
}

/** The details of a metric, with another name. */
export function detailsOf(metric: MetricView, name: string): MetricDetails {
  return { name, description: metric.description.toString(), unit: metric.unit.toString() };
}
