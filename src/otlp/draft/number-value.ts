import { MessageWriter } from '../build/message-writer.js';
import { writeFixed64 } from '../build/numbers.js';
import { tagOf, type MessageName } from '../fields.js';
import { Backing } from '../view/backing.js';
import { ExemplarView } from '../view/exemplar.js';
import { NumberPointView } from '../view/points.js';
import { fieldsWithout } from './field-runs.js';
import type { PointDraft } from './point-draft.js';

const intTag = tagOf('NumberDataPoint', 'as_int');
const doubleTag = tagOf('NumberDataPoint', 'as_double');
const exemplarIntTag = tagOf('Exemplar', 'as_int');
const exemplarDoubleTag = tagOf('Exemplar', 'as_double');

const mostInt = 2n ** 63n - 1n;
const leastInt = -(2n ** 63n);

const backing = new Backing();
const view = new NumberPointView();
const exemplar = new ExemplarView();
const writer = new MessageWriter();

/** The value of a point of a gauge or sum: an int is a bigint, a double a number; undefined when it has none. */
export type PointValue = bigint | number | undefined;

export function pointValueOf({ fields }: PointDraft): PointValue {
  backing.bytes = fields;
  view.move(backing, 0, fields.length);
  const { type } = view;
  const value = type === 'int' ? view.asInt.toSignedBigInt() : type === 'double' ? view.asDouble : undefined;
  backing.drop();
  return value;
}

/** Sets the value. Ints beyond 64 bits stay at the largest or least of them. */
export function setValue(point: PointDraft, value: bigint | number): void {
  const rest = fieldsWithout(point.fields, [intTag, doubleTag]);
  point.fields = Buffer.concat([rest, encoded(value, intTag, doubleTag)]);
}

/** The nearest whole number below a double in size, as Go converts it, within 64 bits. */
export function wholeOf(value: number): bigint {
  if (Number.isNaN(value)) return 0n;
  if (value >= 2 ** 63) return mostInt;
  if (value <= -(2 ** 63)) return leastInt;
  return BigInt(Math.trunc(value));
}

export function scaled(value: bigint | number, factor: number): bigint | number {
  if (typeof value === 'number') return value * factor;
  // A whole factor keeps ints exact beyond 2^53.
  return Number.isSafeInteger(factor) ? value * BigInt(factor) : wholeOf(Number(value) * factor);
}

/** The exemplar in a body with its value scaled. */
export function scaledExemplar(body: Buffer, factor: number): Buffer {
  backing.bytes = body;
  exemplar.move(backing, 0, body.length);
  const { type } = exemplar;
  const value = type === 'int' ? exemplar.asInt.toSignedBigInt() : exemplar.asDouble;
  backing.drop();
  if (type === 'empty') return body;
  const rest = fieldsWithout(body, [exemplarIntTag, exemplarDoubleTag]);
  return Buffer.concat([rest, encoded(scaled(value, factor), exemplarIntTag, exemplarDoubleTag)]);
}

/** The tag of the exemplars of a kind of point. */
export function exemplarsTag(
  point: Extract<MessageName, `${'Number' | 'Histogram' | 'ExponentialHistogram'}DataPoint`>,
): number {
  return tagOf(point, 'exemplars');
}

function encoded(value: bigint | number, int: number, double: number): Buffer {
  writer.reset();
  if (typeof value === 'bigint') {
    writer.tag(int);
    writeFixed64(writer, value > mostInt ? mostInt : value < leastInt ? leastInt : value);
  } else {
    writer.tag(double);
    writer.double(value);
  }
  return writer.finish((size) => Buffer.allocUnsafe(size));
}
