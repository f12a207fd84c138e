import { expect, test } from 'vitest';
import { SpanBuilder } from '../otlp/build/spans.js';
import { Double } from '../otlp/build/any-value.js';
import type { Batch } from '../otlp/batch.js';
import { resultAtOnce } from '../otlp/work.js';
import { contexts } from './contexts/contexts.js';
import { functionTable } from './environment.js';
import { standardFunctions } from './functions/standard.js';
import { heldServices } from '../../test/support/ottl-call.js';
import { compileCondition } from './statement.js';
import { ReadingWalk } from './walk/reading-walk.js';

const functions = functionTable(standardFunctions);
const spansOfBatch = 2000;
/** Readings of one measurement. An object takes at least 16 bytes, so that one for each would be 16 times the bound. */
const readings = 20_000;
const boundPerReading = 1;

function batch(): Batch {
  const builder = new SpanBuilder();
  builder.resource().attribute('service.name', 'shop').scope('test');
  for (let i = 0; i < spansOfBatch; i++)
    builder
      .span(`GET /items/${i}`, 'server')
      .times(1_700_000_000_000, 1_700_000_000_000 + (i % 7))
      .attribute('route', `/items/${i % 10}`)
      .attribute('status', 200 + i)
      .attribute('big', 2n ** 60n + BigInt(i))
      .attribute('ratio', new Double(i / 7))
      .attribute('cached', i % 2 === 0);
  return builder.finish();
}

const items = batch();

/** Bytes that a reading takes, in several measurements, the smallest first: a collection may fall into some. */
function measuredBytes(text: string): readonly number[] {
  const environment = { context: contexts.span, functions, services: heldServices, shortPaths: true };
  const condition = compileCondition(text, environment);
  const walk = new ReadingWalk('span');
  const growths: number[] = [];
  let holding = 0;
  resultAtOnce(
    walk.reading(items, undefined, (scene) => {
      // Each scene is read many times, so that moving it counts for little.
      for (let i = 0; i < 40; i++) if (condition.matches(scene)) holding++;
    }),
  );
  const measured = items.itemCount;
  let left = 11;
  resultAtOnce(
    walk.reading(items, undefined, (scene) => {
      if (left === 0 || walk.itemRow % Math.floor(measured / 11) !== 0) return;
      left--;
      const before = process.memoryUsage().heapUsed;
      for (let i = 0; i < readings; i++) if (condition.matches(scene)) holding++;
      growths.push((process.memoryUsage().heapUsed - before) / readings);
    }),
  );
  expect(holding).toBeGreaterThanOrEqual(0);
  return growths.sort((a, b) => a - b);
}

/**
 * Bytes that a reading takes once the engine has compiled it. It compiles beside the program, on a busy machine long
 * after the first readings, and until then a number may be boxed: a measurement above the bound is made again.
 */
function settledBytesPerReading(text: string): number {
  let bytes = Infinity;
  for (let attempt = 0; attempt < 60 && bytes >= boundPerReading; attempt++) {
    const measured = measuredBytes(text);
    bytes = measured[measured.length >> 1] ?? NaN;
  }
  return bytes;
}

test.each([
  'name == "GET /items/7"',
  'name > "GET"',
  'kind == SPAN_KIND_SERVER',
  'attributes["route"] == "/items/7"',
  'attributes["status"] == 404',
  'attributes["status"] >= 300.5',
  'attributes["big"] == 1152921504606846983',
  'attributes["ratio"] > 1.5',
  'attributes["ratio"] < 2',
  'attributes["route"] > 2',
  'attributes["cached"] == true',
  'attributes["none"] == nil',
  'resource.attributes["service.name"] != "shop"',
  'end_time_unix_nano - start_time_unix_nano > 3000000',
  'start_time_unix_nano < 1700000000000000001',
  '(end_time_unix_nano - start_time_unix_nano) / 1000000 >= 5',
  'attributes["status"] * 2 + 1 > 500',
  'attributes["status"] / 100 == 5',
  'attributes["ratio"] * 2 > attributes["status"]',
  'Len(name) > 12',
  'Len(attributes["route"]) == 8',
  'Int(attributes["ratio"]) == 3',
  'Double(attributes["status"]) > 404.5',
  'IsMatch(name, "^GET /items/[0-9]+$")',
  'HasPrefix(name, "GET /")',
  'HasSuffix(attributes["route"], "7")',
  'IsString(attributes["route"])',
  'IsInt(attributes["status"]) and not IsDouble(attributes["status"])',
  'IsBool(attributes["cached"])',
])('reading allocates nothing: %s', (text) => {
  expect(settledBytesPerReading(text)).toBeLessThan(boundPerReading);
});

test('the measurement finds what is allocated', () => {
  expect(measuredBytes('Concat([name, "x"], "") == "GET"').at(-1)).toBeGreaterThan(boundPerReading);
});
