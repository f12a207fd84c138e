import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arbitraryOtlp } from '../../../test/support/arbitrary-otlp.js';
import { referenceDecode, type Tree, type Value } from '../../../test/support/reference-decode.js';
import { jsonToProto } from '../json/decode.js';
import { validate } from '../wire/validate.js';
import { partition, splitByCount } from './partition.js';
import { splitByBytes } from './split-by-bytes.js';

const listIn = (tree: Tree, name: string): Tree[] => (tree[name] ?? []) as Tree[];
const profilesIn = (bytes: Uint8Array): Tree[] =>
  listIn(referenceDecode('profiles', bytes), 'resource_profiles').flatMap((resource) =>
    listIn(resource, 'scope_profiles').flatMap((scope) => listIn(scope, 'profiles')),
  );
const dictionaryOf = (bytes: Uint8Array): Value => referenceDecode('profiles', bytes)['dictionary'] ?? {};

test('profiles stay whole, follow their first sample, and have their dictionary in every part', () => {
  fc.assert(
    fc.property(
      arbitraryOtlp('profiles'),
      fc.array(fc.nat({ max: 2 }), { minLength: 1, maxLength: 9 }),
      (bytes, choices) => {
        const batch = validate('profiles', bytes);
        const partOf = Int32Array.from({ length: batch.itemCount }, (_sample, i) => choices[i % choices.length]!);
        const parts = partition(batch, partOf, 3);
        expect(parts.reduce((sum, part) => sum + (part?.itemCount ?? 0), 0)).toBe(batch.itemCount);
        const found: Tree[] = [];
        for (const part of parts) {
          if (!part) continue;
          expect(validate('profiles', part.bytes).itemCount).toBe(part.itemCount);
          expect(dictionaryOf(part.bytes)).toEqual(dictionaryOf(batch.bytes));
          found.push(...profilesIn(part.bytes));
        }
        // Those without samples go with a neighbour, or are left behind with one.
        const withSamples = (list: readonly Tree[]): string[] =>
          list
            .filter((profile) => listIn(profile, 'samples').length > 0)
            .map((profile) =>
              JSON.stringify(profile, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
            )
            .sort();
        expect(withSamples(found)).toEqual(withSamples(profilesIn(batch.bytes)));
        for (const cut of [splitByCount(batch, 1, 2), splitByBytes(batch, 400, 400).parts])
          for (const part of cut) expect(dictionaryOf(part.bytes)).toEqual(dictionaryOf(batch.bytes));
      },
    ),
    { numRuns: Number(process.env['KANMON_FUZZ_RUNS'] ?? 200) },
  );
});

test('the points of one metric that go to many parts are each written once', () => {
  const points = Array.from({ length: 5000 }, (_, i) => ({ asInt: String(i) }));
  const request = {
    resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'm', gauge: { dataPoints: points } }] }] }],
  };
  const batch = validate('metrics', jsonToProto('metrics', Buffer.from(JSON.stringify(request))));
  const parts = splitByCount(batch, 1, 2);
  expect(parts).toHaveLength(2501);
  expect(new Set(parts.slice(1, -1).map(({ itemCount }) => itemCount))).toEqual(new Set([2]));
  const back = partition(
    batch,
    Int32Array.from(points, (_, i) => (i % 7 === 3 ? 0 : -1)),
    1,
  );
  expect(back[0]?.itemCount).toBe(714);
});
