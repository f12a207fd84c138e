import { setFlagsFromString } from 'node:v8';
import vm from 'node:vm';
import { describe, expect, test } from 'vitest';
import { Cancellation } from '../../component/cancellation.js';
import { Entry } from '../../delivery/entry.js';
import { ConnectionShare, Reservation } from '../../intake/admission.js';
import { PartialOutcome } from '../../intake/partial-outcome.js';
import { Reception } from '../../intake/reception.js';
import { Stream } from '../../net/http2/stream.js';
import { Batch, OwnedBytes } from '../../otlp/batch.js';
import { Frames } from '../../otlp/parts/frames.js';
import { RunLists } from '../../otlp/parts/run-lists.js';
import { Index } from '../../otlp/wire/item-index.js';
import { unset } from './kept-shape.js';

setFlagsFromString('--allow-natives-syntax');
setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc') as () => void;
/** V8 keeps a hidden class without objects for two collections. */
const collections = 4;
/** The bit of `%GetOptimizationStatus` that says that a function is compiled. */
const compiled = 1 << 4;

/** Whether a function that has been compiled for objects of a class still is once none of them is left. */
function staysCompiled(field: string, make: () => object): boolean {
  const uses = (
    vm.runInThisContext(`(make) => {
      const use = (object) => object.${field};
      %PrepareFunctionForOptimization(use);
      for (let i = 0; i < 100; i++) use(make());
      %OptimizeFunctionOnNextCall(use);
      use(make());
      return { status: () => %GetOptimizationStatus(use) };
    }`) as (make: () => object) => { status(): number }
  )(make);
  if ((uses.status() & compiled) === 0) throw new Error('V8 has not compiled the function');
  for (let i = 0; i < collections; i++) collect();
  return (uses.status() & compiled) !== 0;
}

const bytes = (): Uint8Array => new Uint8Array(0);
const row = (): Int32Array => new Int32Array(0);

describe('compiled code outlives the last object of', () => {
  test.each<[name: string, field: string, make: () => object]>([
    ['Batch', 'bytes', () => new Batch('logs', bytes(), 0)],
    ['OwnedBytes', 'bytes', () => new OwnedBytes(bytes())],
    ['Index', 'items', () => new Index(row(), row(), row())],
    ['Frames', 'source', () => new Frames(new Batch('metrics', bytes(), 0), new RunLists())],
    ['Cancellation', 'aborted', () => new Cancellation()],
    ['Entry', 'size', () => new Entry(unset, unset, 7, 8, () => {})],
    ['Reservation', 'bytes', () => new Reservation(unset)],
    ['ConnectionShare', 'held', () => new ConnectionShare(unset)],
    ['PartialOutcome', 'heard', () => new PartialOutcome(3)],
    ['Reception', 'size', () => new Reception(unset, 10, 0)],
    ['Stream', 'sendWindow', () => new Stream(3, 65_535, 65_535)],
  ])('%s', (_name, field, make) => {
    expect(staysCompiled(field, make)).toBe(true);
  });

  test('and not that of a class without a specimen', () => {
    class Forgotten {
      readonly one: number;
      readonly #two: object = {};

      constructor(one: number) {
        this.one = one;
        Object.freeze(this.#two);
      }
    }
    expect(staysCompiled('one', () => new Forgotten(1))).toBe(false);
  });
});
