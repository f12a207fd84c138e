import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arbitraryOtlp } from '../../../test/support/arbitrary-otlp.js';
import { levels, listOf } from '../../../test/support/edit-model.js';
import { referenceDecode, type Tree } from '../../../test/support/reference-decode.js';
import type { MetricDraft } from './metric-draft.js';
import { validate } from '../wire/validate.js';
import { resultAtOnce, type InPieces } from '../work.js';
import { redrafting } from './redrafting.js';
import type { ScopeDraft, ScopeEntry } from './scope-draft.js';

const runs = Number(process.env['KANMON_FUZZ_RUNS'] ?? 300);
const { resources, scopes, items } = levels.metrics;
const dataFields = ['gauge', 'sum', 'histogram', 'exponential_histogram', 'summary'];

/** The fate of a metric: it stays, is renamed, removed, copied, or gets a label. */
type Fate = 'stay' | 'rename' | 'remove' | 'copy' | 'label';
const fates: fc.Arbitrary<Fate[]> = fc.array(fc.constantFrom<Fate>('stay', 'rename', 'remove', 'copy', 'label'), {
  minLength: 1,
  maxLength: 5,
});

const points = (metric: Tree): Tree[] => {
  const data = dataFields.find((name) => name in metric);
  return data === undefined ? [] : listOf(metric[data] as Tree, 'data_points');
};

/** The same with plain data. */
function plain(fate: Fate, metric: Tree): Tree[] {
  const copy = structuredClone(metric);
  switch (fate) {
    case 'stay':
      return [metric];
    case 'remove':
      return [];
    case 'copy':
      return [metric, { ...copy, name: 'copy' }];
    case 'rename':
      return [{ ...copy, name: 'new' }];
    case 'label':
      for (const point of points(copy)) {
        const all = ((point['attributes'] as Tree[] | undefined) ?? []).filter(({ key }) => key !== 'added');
        point['attributes'] = [...all, { key: 'added', value: { string_value: 'x' } }];
      }
      return [copy];
  }
}

function* drafted(scope: ScopeDraft, fate: () => Fate): InPieces<void> {
  const entries: ScopeEntry[] = [];
  for (let i = 0; i < scope.entries.length; i++) {
    const now = fate();
    if (now !== 'stay') scope.isChanged = true;
    const entry = scope.entries[i] ?? -1;
    if (now === 'stay' || now === 'copy') entries.push(entry);
    if (now === 'stay' || now === 'remove') continue;
    const draft: MetricDraft = yield* scope.draft(i);
    const made = draft.with(
      draft.points.map((point) => point.clone()),
      now === 'label' ? draft.name : now === 'copy' ? 'copy' : 'new',
    );
    if (now === 'label') for (const point of made.points) point.setLabel('added', 'x');
    entries.push(made);
  }
  scope.entries = entries;
}

/** Fields in any order, as text; what is empty is left out. */
const shown = (value: unknown): string =>
  JSON.stringify(value, (_key, one: unknown) => {
    if (typeof one === 'bigint') return `${one}n`;
    if (typeof one !== 'object' || one === null || Array.isArray(one)) return one;
    return Object.fromEntries(Object.entries(one).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });

test('what is drafted makes what decoding, changing and encoding makes', () => {
  fc.assert(
    fc.property(arbitraryOtlp('metrics'), fates, (bytes, chosen) => {
      const batch = validate('metrics', bytes);
      let next = 0;
      const fate = (): Fate => chosen[next++ % chosen.length] ?? 'stay';
      const made = resultAtOnce(redrafting(batch, { concerns: () => true, change: (scope) => drafted(scope, fate) }));
      next = 0;
      const tree = referenceDecode('metrics', bytes);
      let isChanged = false;
      const kept = listOf(tree, resources).filter((resource) => {
        let isEmptied = false;
        const inner = listOf(resource, scopes).filter((scope) => {
          const before = listOf(scope, items);
          const fatesHere = before.map(() => fate());
          if (fatesHere.every((one) => one === 'stay')) return true;
          isChanged = isEmptied = true;
          const after = before.flatMap((metric, i) => plain(fatesHere[i] ?? 'stay', metric));
          scope[items] = after;
          return after.length > 0;
        });
        if (inner.length > 0) resource[scopes] = inner;
        else delete resource[scopes];
        return inner.length > 0 || !isEmptied;
      });
      if (!isChanged) {
        expect(made).toBe(batch);
        return;
      }
      // Scopes and resources that are written anew come behind those that are not.
      const flat = (all: readonly Tree[]): string[] =>
        all
          .map((resource) => shown({ ...resource, [scopes]: listOf(resource, scopes).map(shown).toSorted() }))
          .toSorted();
      expect(made.itemCount).toBe(validate('metrics', made.bytes).itemCount);
      expect(flat(listOf(referenceDecode('metrics', made.bytes), resources))).toEqual(flat(kept));
    }),
    { numRuns: runs },
  );
});
