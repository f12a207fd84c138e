import fc from 'fast-check';
import { messages, topMessage, type Field } from '../../src/otlp/fields.js';
import type { Signal } from '../../src/otlp/signal.js';

const varint = (value: bigint): number[] =>
  value < 128n ? [Number(value)] : [Number(value & 127n) | 128, ...varint(value >> 7n)];
const tag = (number: number, wire: number): number[] => varint(BigInt(number * 8 + wire));
const delimited = (number: number, body: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([...tag(number, 2), ...varint(BigInt(body.length))]), body]);

const number64 = fc.oneof(fc.bigInt(0n, 200n), fc.bigInt(0n, 2n ** 64n - 1n));
const text = fc
  .oneof(fc.string({ maxLength: 12 }), fc.constantFrom('service.name', 'host.name'))
  .map((value) => Buffer.from(value));

function scalar(field: Field): fc.Arbitrary<Buffer> {
  switch (field.type) {
    case 'string':
      return text.map((value) => delimited(field.number, value));
    case 'bytes':
      return fc.uint8Array({ maxLength: 12 }).map((value) => delimited(field.number, value));
    case 'id16':
    case 'id8': {
      const size = field.type === 'id16' ? 16 : 8;
      return fc
        .oneof(
          { weight: 9, arbitrary: fc.uint8Array({ minLength: size, maxLength: size }) },
          { weight: 1, arbitrary: fc.constant(new Uint8Array()) },
        )
        .map((value) => delimited(field.number, value));
    }
    case 'double':
    case 'fixed64':
    case 'sfixed64':
      return fc
        .uint8Array({ minLength: 8, maxLength: 8 })
        .map((value) => Buffer.from([...tag(field.number, 1), ...value]));
    case 'fixed32':
      return fc
        .uint8Array({ minLength: 4, maxLength: 4 })
        .map((value) => Buffer.from([...tag(field.number, 5), ...value]));
    default: {
      const single = number64.map((value) => Buffer.from([...tag(field.number, 0), ...varint(value)]));
      if (!field.repeated) return single;
      return fc.oneof(
        single,
        fc
          .array(number64, { maxLength: 4 })
          .map((values) => delimited(field.number, Buffer.from(values.flatMap(varint)))),
      );
    }
  }
}

const unknown = fc.oneof(
  number64.map((value) => Buffer.from([...tag(900, 0), ...varint(value)])),
  fc.uint8Array({ maxLength: 6 }).map((value) => delimited(901, value)),
);

/** Messages hold one another, so that each gets smaller with its depth. */
function message(index: number, depth: number): fc.Arbitrary<Buffer> {
  const fields = messages[index]!.fields.filter(
    (field) => field.number !== 1000 && (field.type !== 'message' || depth > 0),
  );
  if (fields.length === 0) return fc.constant(Buffer.alloc(0));
  const part = fc.oneof(
    {
      weight: 12,
      arbitrary: fc
        .constantFrom(...fields)
        .chain((field) =>
          field.type === 'message'
            ? message(field.message, depth - 1).map((body) => delimited(field.number, body))
            : scalar(field),
        ),
    },
    { weight: 1, arbitrary: unknown },
  );
  return fc.array(part, { maxLength: 5 }).map((parts) => Buffer.concat(parts));
}

/** Any valid export request: fields in any order, repeated, unknown ones among them. */
export function arbitraryOtlp(signal: Signal): fc.Arbitrary<Buffer> {
  return fc.array(message(topMessage[signal], 7), { minLength: 1, maxLength: 3 }).map((parts) => Buffer.concat(parts));
}

/** The bytes after a few changes such as a broken network or a hostile sender makes them. */
export function arbitraryMutation(source: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  const change = fc.record({
    kind: fc.constantFrom('set', 'cut', 'insert', 'remove', 'repeat'),
    at: fc.nat(),
    value: fc.integer({ min: 0, max: 255 }),
    length: fc.integer({ min: 1, max: 8 }),
  });
  return fc.tuple(source, fc.array(change, { minLength: 1, maxLength: 3 })).map(([bytes, changes]) => {
    let result = bytes;
    for (const { kind, at: place, value, length } of changes) {
      const at = result.length === 0 ? 0 : place % result.length;
      const [before, after] = [result.subarray(0, at), result.subarray(at)];
      if (kind === 'set') result = Buffer.concat([before, Buffer.from([value]), after.subarray(1)]);
      else if (kind === 'cut') result = before;
      else if (kind === 'insert') result = Buffer.concat([before, Buffer.from([value]), after]);
      else if (kind === 'remove') result = Buffer.concat([before, after.subarray(length)]);
      else result = Buffer.concat([before, after.subarray(0, length), after]);
    }
    return result;
  });
}
