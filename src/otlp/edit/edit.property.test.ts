import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arbitraryMutation, arbitraryOtlp } from '../../../test/support/arbitrary-otlp.js';
import { arbitraryText, arbitraryValue } from '../../../test/support/arbitrary-values.js';
import { Change, levels, listOf, readView, walkTo, type Recipe } from '../../../test/support/edit-model.js';
import { referenceDecode, type Tree } from '../../../test/support/reference-decode.js';
import type { Batch } from '../batch.js';
import { messageNumber } from '../fields.js';
import { signals, type Signal } from '../signal.js';
import { key } from '../view/key.js';
import { LogRecordView } from '../view/log-record.js';
import type { MessageView } from '../view/message.js';
import { MetricView } from '../view/metric.js';
import { ProfileView } from '../view/profile.js';
import { SpanView } from '../view/span.js';
import { validate } from '../wire/validate.js';
import { BatchEditor } from './batch-editor.js';

const runs = Number(process.env['KANMON_FUZZ_RUNS'] ?? 300);

const views: Readonly<Record<Signal, () => MessageView>> = {
  traces: () => new SpanView(),
  metrics: () => new MetricView(),
  logs: () => new LogRecordView(),
  profiles: () => new ProfileView(),
};

interface Step {
  readonly what:
    | 'item'
    | 'scope'
    | 'resource'
    | 'scopeUrl'
    | 'resourceUrl'
    | 'removeItem'
    | 'removeScope'
    | 'removeResource';
  /** Which resource, scope and item. */
  readonly place: readonly [number, number, number];
  readonly recipe: Recipe;
}

const recipe: fc.Arbitrary<Recipe> = fc.record({
  choices: fc.array(fc.nat({ max: 1000 }), { minLength: 12, maxLength: 12 }),
  text: fc.oneof(arbitraryText, fc.constantFrom('service.name', 'a')),
  number: fc.oneof(fc.constantFrom(0n, 1n, -1n, 2n ** 32n), fc.bigInt(-(2n ** 63n), 2n ** 64n - 1n)),
  bytes: fc.uint8Array({ minLength: 15, maxLength: 16 }),
  value: arbitraryValue,
});

const step: fc.Arbitrary<Step> = fc.record({
  what: fc.oneof(
    { weight: 8, arbitrary: fc.constant<Step['what']>('item') },
    { weight: 4, arbitrary: fc.constantFrom<Step['what']>('scope', 'resource') },
    {
      weight: 3,
      arbitrary: fc.constantFrom<Step['what']>(
        'scopeUrl',
        'resourceUrl',
        'removeItem',
        'removeScope',
        'removeResource',
      ),
    },
  ),
  place: fc.tuple(fc.nat(), fc.nat(), fc.nat()),
  recipe,
});

/** A tree and the rows in it that were removed. */
class Model {
  readonly tree: Tree;
  readonly removed: Set<Tree> = new Set();
  /** Rows that any change went to, or to something below. */
  readonly touched: Set<Tree> = new Set();
  readonly #signal: Signal;
  readonly #pointsBefore: ReadonlyMap<Tree, number>;

  constructor(batch: Batch) {
    this.#signal = batch.signal;
    this.tree = referenceDecode(batch.signal, batch.bytes);
    this.#pointsBefore = new Map(this.items().map((item) => [item, pointsOf(item)]));
  }

  alive(parent: Tree, field: string): Tree[] {
    return listOf(parent, field).filter((row) => !this.removed.has(row));
  }

  items(): Tree[] {
    const { resources, scopes, items } = levels[this.#signal];
    return listOf(this.tree, resources).flatMap((r) => listOf(r, scopes).flatMap((s) => listOf(s, items)));
  }

  /** Takes out the rows that were removed, and those that this has emptied. */
  finish(): Tree {
    const { resources, scopes, items } = levels[this.#signal];
    for (const [item, before] of this.#pointsBefore)
      if (this.#signal === 'metrics' && before > 0 && pointsOf(item) === 0) this.removed.add(item);
    for (const resource of listOf(this.tree, resources)) {
      for (const scope of listOf(resource, scopes)) if (this.#prune(scope, items)) this.removed.add(scope);
      if (this.#prune(resource, scopes)) this.removed.add(resource);
    }
    this.#prune(this.tree, resources);
    return this.tree;
  }

  /** True when rows were removed and none is left. */
  #prune(parent: Tree, field: string): boolean {
    const before = listOf(parent, field);
    const after = before.filter((row) => !this.removed.has(row));
    if (after.length === 0) delete parent[field];
    else parent[field] = after;
    return before.length > 0 && after.length === 0;
  }
}

function pointsOf(metric: Tree): number {
  const kinds = ['gauge', 'sum', 'histogram', 'exponential_histogram', 'summary'];
  return kinds.reduce((sum, kind) => sum + listOf((metric[kind] ?? {}) as Tree, 'data_points').length, 0);
}

function unitsOf(signal: Signal, item: Tree): number {
  if (signal === 'metrics') return pointsOf(item);
  return signal === 'profiles' ? listOf(item, 'samples').length : 1;
}

function perform(
  { what, place, recipe: made }: Step,
  editor: BatchEditor<MessageView>,
  model: Model,
  signal: Signal,
): void {
  const { resources, scopes, items, item: itemMessage } = levels[signal];
  const at = (rows: readonly Tree[], n: number): number => (rows.length === 0 ? -1 : n % rows.length);
  const allResources = model.alive(model.tree, resources);
  const r = at(allResources, place[0]);
  const resource = allResources[r];
  if (!resource) return;
  const allScopes = model.alive(resource, scopes);
  const s = at(allScopes, place[1]);
  const scope = allScopes[s];
  const allItems = scope ? model.alive(scope, items) : [];
  const i = at(allItems, place[2]);
  const item = allItems[i];
  walkTo(editor, r, s, i);
  const change = new Change(made);
  const within = (level: Tree, field: string, apply: (inner: Tree) => boolean): void => {
    const inner = (level[field] ?? {}) as Tree;
    if (apply(inner)) level[field] = inner;
  };
  const setUrl = (level: Tree): void => {
    if (made.text === '') delete level['schema_url'];
    else level['schema_url'] = made.text;
  };
  for (const row of [
    resource,
    ...(what.endsWith('esource') || what === 'resourceUrl' ? [] : [scope]),
    ...(what.endsWith('tem') ? [item] : []),
  ])
    if (row) model.touched.add(row);
  switch (what) {
    case 'item':
      if (!item) return;
      change.apply(editor.itemEditor, itemMessage, item);
      if (change.throughElement) editor.itemEditor.leave();
      expect(readView(itemMessage, editor.item)).toEqual(item);
      return;
    case 'scope':
      if (!scope) return;
      within(scope, 'scope', (inner) => change.apply(editor.scopeEditor, messageNumber('InstrumentationScope'), inner));
      if (change.throughElement) editor.scopeEditor.leave();
      expect(readView(messageNumber('InstrumentationScope'), editor.scope)).toEqual(scope['scope'] ?? {});
      return;
    case 'resource':
      within(resource, 'resource', (inner) => change.apply(editor.resourceEditor, messageNumber('Resource'), inner));
      if (change.throughElement) editor.resourceEditor.leave();
      expect(readView(messageNumber('Resource'), editor.resource)).toEqual(resource['resource'] ?? {});
      return;
    case 'scopeUrl':
      if (!scope) return;
      editor.setScopeSchemaUrl(made.text);
      setUrl(scope);
      expect(editor.scopeSchemaUrl.toString()).toBe(made.text);
      return;
    case 'resourceUrl':
      editor.setResourceSchemaUrl(made.text);
      setUrl(resource);
      expect(editor.resourceSchemaUrl.toString()).toBe(made.text);
      return;
    case 'removeItem':
      if (!item) return;
      editor.removeItem();
      model.removed.add(item);
      return;
    case 'removeScope':
      if (!scope) return;
      editor.removeScope();
      model.removed.add(scope);
      return;
    case 'removeResource':
      editor.removeResource();
      model.removed.add(resource);
      return;
  }
}

/** Requests as senders make them, and odd ones: messages in pieces, unknown fields, lengths longer than need be. */
function anyBatch(signal: Signal): fc.Arbitrary<Batch> {
  const accepted = (bytes: Uint8Array): Batch | undefined => {
    try {
      return validate(signal, bytes);
    } catch {
      return undefined;
    }
  };
  return fc
    .oneof(
      { weight: 4, arbitrary: arbitraryOtlp(signal) },
      {
        weight: 1,
        arbitrary: fc.array(arbitraryOtlp(signal), { minLength: 2, maxLength: 3 }).map((each) => Buffer.concat(each)),
      },
      { weight: 1, arbitrary: arbitraryMutation(arbitraryOtlp(signal)) },
    )
    .map(accepted)
    .filter((batch) => batch !== undefined);
}

test.each(signals)('%s: any changes make what decoding, changing and encoding makes', (signal) => {
  const editor = new BatchEditor(views[signal]());
  fc.assert(
    fc.property(anyBatch(signal), fc.array(step, { maxLength: 6 }), (batch, steps) => {
      const before = Buffer.from(batch.bytes);
      const { index } = batch;
      const model = new Model(batch);
      const rows = model.items();
      editor.open(batch);
      for (const each of steps) perform(each, editor, model, signal);
      const changed = editor.finish();
      const tree = model.finish();
      expect(Buffer.from(batch.bytes).equals(before)).toBe(true);
      expect(referenceDecode(signal, changed.bytes)).toEqual(tree);
      expect(changed.itemCount).toBe(model.items().reduce((sum, item) => sum + unitsOf(signal, item), 0));
      expect(validate(signal, changed.bytes).itemCount).toBe(changed.itemCount);
      // Items that no change went to are the same bytes, in the same order.
      const left = new Set(model.items());
      let from = 0;
      for (const [i, item] of rows.entries()) {
        if (model.touched.has(item) || !left.has(item)) continue;
        const own = before.subarray(index.itemFrom(i), index.itemTo(i));
        const found = Buffer.from(changed.bytes).indexOf(own, from);
        expect(found).toBeGreaterThanOrEqual(from);
        from = found + own.length;
      }
      if (steps.length === 0) expect(changed).toBe(batch);
    }),
    { numRuns: runs },
  );
});

test.each(signals)('%s: a batch that was only looked at is the same batch', (signal) => {
  const editor = new BatchEditor(views[signal]());
  fc.assert(
    fc.property(anyBatch(signal), (batch) => {
      for (editor.open(batch); editor.next();) {
        readView(levels[signal].item, editor.item);
        expect(editor.resourceEditor.hasAttribute(key('§'))).toBe(false);
        expect(editor.scope.name.length).toBeGreaterThanOrEqual(0);
      }
      expect(editor.finish()).toBe(batch);
    }),
    { numRuns: runs / 3 },
  );
});

test.each(['traces', 'metrics', 'logs'] as const)(
  '%s: a change that is taken back leaves the bytes of every item',
  (signal) => {
    const editor = new BatchEditor(views[signal]());
    const added = key('§');
    fc.assert(
      fc.property(anyBatch(signal), arbitraryValue, (batch, { value }) => {
        for (editor.open(batch); editor.next();) {
          editor.itemEditor.setAttribute(added, value);
          expect(editor.itemEditor.deleteAttribute(added)).toBe(true);
        }
        const changed = editor.finish();
        expect(changed.index.itemCount).toBe(batch.index.itemCount);
        expect(bodiesOf(changed)).toEqual(bodiesOf(batch));
      }),
      { numRuns: runs / 3 },
    );
  },
);

function bodiesOf({ bytes, index }: Batch): string[] {
  return Array.from({ length: index.itemCount }, (_item, i) =>
    Buffer.from(bytes.subarray(index.itemFrom(i), index.itemTo(i))).toString('hex'),
  );
}
