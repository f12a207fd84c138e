import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arbitraryOtlp } from '../../../test/support/arbitrary-otlp.js';
import { levels, listOf } from '../../../test/support/edit-model.js';
import { referenceDecode, type Tree } from '../../../test/support/reference-decode.js';
import { SpanBuilder } from '../build/spans.js';
import type { Batch } from '../batch.js';
import { fieldOf } from '../fields.js';
import { ItemSearch } from '../view/item-search.js';
import { key } from '../view/key.js';
import { validate } from '../wire/validate.js';
import { resultAtOnce } from '../work.js';
import { ItemPatcher } from './item-patcher.js';

const runs = Number(process.env['KANMON_FUZZ_RUNS'] ?? 300);
const fields = { traces: fieldOf('Span', 'trace_state'), logs: fieldOf('LogRecord', 'severity_text') };
const keys = [key('service.name'), key('host.name')];
const searches = {
  traces: new ItemSearch('Span', fields.traces, keys),
  logs: new ItemSearch('LogRecord', fields.logs, keys),
};

/** The change of an item: undefined removes it, else the texts of the field and of the attributes, if any. */
type Patch = undefined | readonly (string | undefined)[];

const text = fc.option(fc.oneof(fc.constantFrom('', 'a', 'é'.repeat(70)), fc.string({ maxLength: 8 })), {
  nil: undefined,
});
const patch: fc.Arbitrary<Patch> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(undefined) },
  { weight: 3, arbitrary: fc.tuple(text, text, text) },
);

function patchTree(
  signal: 'traces' | 'logs',
  item: Tree,
  [field, ...attributes]: readonly (string | undefined)[],
): void {
  const { name } = fields[signal];
  if (field !== undefined) item[name] = field;
  // The reference leaves a default out.
  if (field === '') delete item[name];
  for (const [i, content] of attributes.entries()) {
    if (content === undefined) continue;
    const { text: name } = keys[i]!;
    const pair: Tree = { key: name, value: { string_value: content } };
    const all = (item['attributes'] ??= []) as Tree[];
    const at = all.findIndex((one) => one['key'] === name);
    if (at < 0) all.push(pair);
    else all[at] = pair;
  }
}

/** Takes out the items that are undefined, and what this has emptied. */
function prune(signal: 'traces' | 'logs', tree: Tree, removed: ReadonlySet<Tree>): Tree {
  const { resources, scopes, items } = levels[signal];
  const keep = (parent: Tree, field: string, stays: (row: Tree) => boolean): boolean => {
    const before = listOf(parent, field);
    const after = before.filter(stays);
    if (after.length > 0) parent[field] = after;
    else delete parent[field];
    return after.length > 0 || before.length === 0;
  };
  keep(tree, resources, (resource) =>
    keep(resource, scopes, (scope) => keep(scope, items, (item) => !removed.has(item))),
  );
  return tree;
}

test.each(['traces', 'logs'] as const)('%s: patches make what decoding, changing and encoding makes', (signal) => {
  const { resources, scopes, items } = levels[signal];
  const patcher = new ItemPatcher();
  const search = searches[signal];
  fc.assert(
    fc.property(arbitraryOtlp(signal), fc.array(patch, { minLength: 1, maxLength: 5 }), (bytes, patches) => {
      const batch = validate(signal, bytes);
      const tree = referenceDecode(signal, bytes);
      const rows = listOf(tree, resources).flatMap((r) => listOf(r, scopes).flatMap((s) => listOf(s, items)));
      const removed = new Set<Tree>();
      patcher.open(batch);
      search.open(batch);
      for (const [row, item] of rows.entries()) {
        search.move(row);
        const one = patches[row % patches.length];
        if (one === undefined) {
          removed.add(item);
          patcher.removeItem(row);
          continue;
        }
        const [field, ...attributes] = one.map((content) => (content === undefined ? undefined : Buffer.from(content)));
        if (field) patcher.setText(row, search.field, fields[signal], field, field.length);
        for (const [i, content] of attributes.entries())
          if (content) patcher.setTextAttribute(row, search.attribute(i), keys[i]!, content, content.length);
        patchTree(signal, item, one);
      }
      const changed = resultAtOnce(patcher.finishing());
      expect(Buffer.from(batch.bytes).equals(bytes)).toBe(true);
      expect(referenceDecode(signal, changed.bytes)).toEqual(prune(signal, tree, removed));
      expect(changed.itemCount).toBe(rows.length - removed.size);
      expect(validate(signal, changed.bytes).itemCount).toBe(changed.itemCount);
      const isSame = patches.every((one) => one?.every((content) => content === undefined));
      if (isSame || rows.length === 0) expect(changed).toBe(batch);
    }),
    { numRuns: runs * 2 },
  );
});

function spansOf(states: readonly string[]): Batch {
  const spans = new SpanBuilder();
  spans.resource().scope('test');
  for (const state of states) spans.span('a').context(state, 0);
  return spans.finish();
}

test('texts that are there already change nothing', () => {
  const patcher = new ItemPatcher();
  const search = searches.traces;
  const batch = spansOf(['a=b', 'c=d']);
  patcher.open(batch);
  search.open(batch);
  for (const [row, state] of ['a=b', 'c=d'].entries()) {
    search.move(row);
    patcher.setText(row, search.field, fields.traces, Buffer.from(state), state.length);
  }
  expect(resultAtOnce(patcher.finishing())).toBe(batch);
});

test('a large batch is encoded in pieces, whatever lies between them', () => {
  const rows = 200_000;
  const batch = spansOf(Array.from({ length: rows }, (_row, i) => `i=${i}`));
  const patcher = new ItemPatcher();
  const other = new ItemPatcher();
  patcher.open(batch);
  searches.traces.open(batch);
  for (let row = 0; row < rows; row++) {
    searches.traces.move(row);
    if (row % 3 === 0) patcher.removeItem(row);
    else if (row % 3 === 1) patcher.setText(row, searches.traces.field, fields.traces, Buffer.from(`j=${row}`), 3);
  }
  const work = patcher.finishing();
  let pieces = 0;
  let result = work.next();
  for (; result.done !== true; result = work.next()) {
    pieces++;
    other.open(spansOf(['a=b'])).removeItem(0);
    expect(resultAtOnce(other.finishing()).itemCount).toBe(0);
  }
  expect(pieces).toBeGreaterThan(10);
  expect(validate('traces', result.value.bytes).itemCount).toBe(result.value.itemCount);
  expect(result.value.itemCount).toBe(Math.floor((rows * 2) / 3));
});

test('what has no spans or log records cannot be patched', () => {
  const metrics = validate('metrics', new Uint8Array(0));
  expect(() => new ItemPatcher().open(metrics)).toThrow('metrics have no items that can be patched');
  expect(() => resultAtOnce(new ItemPatcher().finishing())).toThrow('no batch is open');
});
