import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arbitraryOtlp } from '../../../test/support/arbitrary-otlp.js';
import { levels, listOf } from '../../../test/support/edit-model.js';
import { referenceDecode, type Tree } from '../../../test/support/reference-decode.js';
import { Batch } from '../batch.js';
import type { Signal } from '../signal.js';
import { key } from '../view/key.js';
import { validate } from '../wire/validate.js';
import { resultAtOnce } from '../work.js';
import { flattening } from './flattening.js';
import { regrouping } from './regrouping.js';

const runs = Number(process.env['KANMON_FUZZ_RUNS'] ?? 300);
const signals = ['traces', 'metrics', 'logs'] as const;
const names = ['service.name', 'host.name'];
const dataFields = ['gauge', 'sum', 'histogram', 'exponential_histogram', 'summary'];

/** Any object with its keys in order, as text. */
const shown = (value: unknown): string =>
  JSON.stringify(value, (_key, one: unknown) => {
    if (typeof one === 'bigint') return `${one}n`;
    if (typeof one !== 'object' || one === null || Array.isArray(one)) return one;
    return Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)));
  });

const without = (tree: Tree, ...fields: readonly string[]): Tree =>
  Object.fromEntries(Object.entries(tree).filter(([name]) => !fields.includes(name)));

const keyOf = ({ key: name = '' }: Tree): string => name as string;

/** A message without its attributes that have one of the keys, and these. */
function taken(tree: Tree, keys: readonly string[]): { readonly rest: Tree; readonly found: Map<string, Tree> } {
  const found = new Map<string, Tree>();
  const left: Tree[] = [];
  for (const attribute of listOf(tree, 'attributes')) {
    const name = keyOf(attribute);
    if (!keys.includes(name)) left.push(attribute);
    else if (!found.has(name)) found.set(name, attribute);
  }
  const rest = without(tree, 'attributes');
  return { rest: left.length > 0 ? { ...rest, attributes: left } : rest, found };
}

const sortedAttributes = (attributes: readonly Tree[]): Tree[] =>
  attributes
    .map((one, i) => ({ one, i }))
    .sort((a, b) => compareKeys(a.one, b.one) || a.i - b.i)
    .map(({ one }) => one);
const compareKeys = (a: Tree, b: Tree): number => Buffer.compare(Buffer.from(keyOf(a)), Buffer.from(keyOf(b)));

/**
 * The fields around items, without the order of the attributes. A message that takes moved ones has each of the keys
 * once: its first value where nothing is moved.
 */
function frame(
  level: Tree,
  children: string,
  inner: string,
  moved: ReadonlyMap<string, Tree>,
  keys: readonly string[],
): string {
  const own = (level[inner] ?? {}) as Tree;
  const given = listOf(own, 'attributes');
  const isFirst = (one: Tree, i: number): boolean => given.findIndex((other) => keyOf(other) === keyOf(one)) === i;
  const attributes = given.filter(
    (one, i) => !moved.has(keyOf(one)) && (moved.size === 0 || !keys.includes(keyOf(one)) || isFirst(one, i)),
  );
  const all = sortedAttributes([...attributes, ...moved.values()]);
  return shown({ ...without(level, children, inner), own: without(own, 'attributes'), all });
}

/** Every item as text: with its resource and its scope, after its attributes have moved. */
function flattened(signal: Signal, tree: Tree, keys: readonly string[]): string[] {
  const { resources, scopes, items } = levels[signal];
  const all: string[] = [];
  for (const resource of listOf(tree, resources))
    for (const scope of listOf(resource, scopes)) {
      const around = frame(scope, items, 'scope', new Map(), []);
      const add = (item: Tree, more: string): void => {
        const { rest, found } = taken(item, keys);
        all.push([frame(resource, scopes, 'resource', found, keys), around, more, shown(rest)].join('\n'));
      };
      for (const item of listOf(scope, items)) {
        if (signal !== 'metrics') add(item, '');
        else {
          const data = dataFields.find((name) => name in item) ?? '';
          const body = (item[data] ?? {}) as Tree;
          for (const point of listOf(body, 'data_points'))
            add(point, `${data} ${shown(without(item, data))} ${shown(without(body, 'data_points'))}`);
        }
      }
    }
  return all.sort();
}

test.each(signals)('%s: items keep what they had, with attributes moved to resources that are joined', (signal) => {
  fc.assert(
    fc.property(arbitraryOtlp(signal), fc.subarray(names), (bytes, keys) => {
      // Twice the same, so that there is something to join.
      const twice = Buffer.concat([bytes, bytes]);
      const batch = validate(signal, twice);
      const { batch: made, moved, resources } = resultAtOnce(regrouping(batch, keys.map(key)));
      const tree = referenceDecode(signal, made.bytes);
      expect(flattened(signal, tree, [])).toEqual(flattened(signal, referenceDecode(signal, twice), keys));
      expect(made.itemCount).toBe(validate(signal, made.bytes).itemCount);
      if (made === batch) {
        expect(moved).toBe(0);
        return;
      }
      const once = resultAtOnce(regrouping(validate(signal, bytes), keys.map(key)));
      expect(resources).toBe(once.resources);
      expect(validate(signal, made.bytes).index.resourceCount).toBe(resources);
      const again = new Batch(signal, made.bytes, made.itemCount);
      expect(resultAtOnce(regrouping(again, keys.map(key))).batch).toBe(again);
    }),
    { numRuns: runs },
  );
});

test.each(signals)('flattened %s have a resource and a scope for each row, and are joined again', (signal) => {
  fc.assert(
    fc.property(arbitraryOtlp(signal), (bytes) => {
      const batch = validate(signal, bytes);
      const flat = resultAtOnce(flattening(batch));
      expect(validate(signal, flat.bytes).itemCount).toBe(batch.itemCount);
      const rows = batch.index.firstItem(batch.index.scopeCount);
      const { index } = flat;
      expect([index.resourceCount, index.scopeCount, index.firstItem(index.scopeCount)]).toEqual([rows, rows, rows]);
      const once = resultAtOnce(regrouping(batch, [])).batch;
      const again = resultAtOnce(regrouping(new Batch(signal, flat.bytes, flat.itemCount), [])).batch;
      const items = (made: Batch): string[] => flattened(signal, referenceDecode(signal, made.bytes), []);
      expect(items(again)).toEqual(items(once));
    }),
    { numRuns: runs },
  );
});
