import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arbitraryOtlp } from '../../../test/support/arbitrary-otlp.js';
import { arbitraryValue } from '../../../test/support/arbitrary-values.js';
import type { Batch } from '../batch.js';
import type { AttributeValue } from '../build/any-value.js';
import { LogBuilder } from '../build/logs.js';
import { validate } from '../wire/validate.js';
import { BatchCursor } from './batch-cursor.js';
import { LogRecordView } from './log-record.js';
import { ValueWalk } from './value-walk.js';
import type { ValueView } from './value.js';

const records = new BatchCursor(new LogRecordView());
const walk = new ValueWalk();

const line = (depth: number, step: string, key: string, value: ValueView): string =>
  `${depth} ${step} ${key} ${value.type} ${value.string.hex()} ${value.int.toBigInt()} ${value.bytesValue.hex()}`;

/** The steps as a recursive reader takes them. */
function* steps(value: ValueView, key: string, depth: number): Generator<string> {
  const { type } = value;
  if (type !== 'array' && type !== 'map') {
    yield line(depth, 'value', key, value);
    return;
  }
  yield `${depth} enter ${key} ${type}`;
  if (type === 'array') for (const element = value.elements(); element.next();) yield* steps(element, '', depth + 1);
  else for (const entry = value.entries(); entry.next();) yield* steps(entry.value, entry.key.hex(), depth + 1);
  yield `${depth} leave`;
}

function walked(value: ValueView): string[] {
  const found: string[] = [];
  for (walk.open(value); walk.next();) {
    const key = walk.key.hex();
    if (walk.step === 'value') found.push(line(walk.depth, 'value', key, walk.value));
    else found.push(walk.step === 'enter' ? `${walk.depth} enter ${key} ${walk.value.type}` : `${walk.depth} leave`);
  }
  return found;
}

/** One record with a body. */
function recordOf(body: AttributeValue): Batch {
  const builder = new LogBuilder();
  builder.resource().scope('').record(1).body(body);
  return builder.finish();
}

test('a walk takes the steps of a recursive reader, however oddly the value was sent', () => {
  const built = arbitraryValue.map(({ value }) => Buffer.from(recordOf(value).bytes));
  fc.assert(
    fc.property(fc.oneof(built, arbitraryOtlp('logs')), (bytes) => {
      for (records.open(validate('logs', bytes)); records.next();) {
        expect(walked(records.item.body)).toEqual([...steps(records.item.body, '', 0)]);
        for (const attribute = records.item.attributes(); attribute.next();)
          expect(walked(attribute.value)).toEqual([...steps(attribute.value, '', 0)]);
      }
    }),
    { numRuns: Number(process.env['KANMON_FUZZ_RUNS'] ?? 300) },
  );
});

test('values that nest 50,000 deep are walked to their end', () => {
  let nested: AttributeValue = 'deepest';
  for (let i = 0; i < 50_000; i++) nested = i % 2 === 0 ? [nested] : new Map([['k', nested]]);
  records.open(recordOf(nested)).next();
  let deepest = 0;
  let left = 0;
  let found = '';
  for (walk.open(records.item.body); walk.next();) {
    deepest = Math.max(deepest, walk.depth);
    if (walk.step === 'leave') left++;
    if (walk.step === 'value') found = walk.value.string.toString();
  }
  expect([deepest, left, found]).toEqual([50_000, 50_000, 'deepest']);
});
