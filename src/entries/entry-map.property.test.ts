import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EntryMap } from './entry-map.js';
import type { EntryValue } from './entry-value.js';

const line = Buffer.from('texts of a line: äöü €');

type OperatorStep =
  | { readonly kind: 'set' | 'text'; readonly key: string; readonly value: number }
  | { readonly kind: 'delete'; readonly key: string }
  | { readonly kind: 'clear' | 'copy' };

// More keys than are looked up one by one.
const key = fc.integer({ min: 0, max: 40 }).map((number) => `k${number}`);
const step: fc.Arbitrary<OperatorStep> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('set' as const), key, value: fc.nat(99) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('text' as const), key, value: fc.nat(17) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('delete' as const), key }) },
  fc.record({ kind: fc.constantFrom('clear' as const, 'copy' as const) }),
);

test('is the map that Map is, whether texts are strings or lie in the bytes', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), fc.boolean(), (steps, looks) => {
      let map = new EntryMap();
      const model = new Map<string, EntryValue>();
      for (const each of steps) {
        if (each.kind === 'set') {
          map.set(each.key, each.value);
          model.set(each.key, each.value);
        } else if (each.kind === 'text') {
          map.setText(each.key, line, 0, each.value);
          model.set(each.key, line.toString('utf8', 0, each.value));
        } else if (each.kind === 'delete') expect(map.delete(each.key)).toBe(model.delete(each.key));
        else if (each.kind === 'clear') {
          map.clear();
          model.clear();
        } else {
          const copied = new EntryMap();
          for (let i = 0; i < map.size; i++) copied.setFrom(map, i);
          map = copied;
        }
        if (looks) for (const name of model.keys()) expect(map.get(name)).toBe(model.get(name));
      }
      expect([...map]).toEqual([...model]);
      expect(map.size).toBe(model.size);
      for (const name of ['k0', 'k20', 'k40']) expect(map.has(name)).toBe(model.has(name));
    }),
  );
});

test('texts in the bytes of another line are kept', () => {
  const map = new EntryMap();
  map.setText('a', line, 0, 5);
  map.setText('b', Buffer.from('other'), 0, 5);
  expect([...map]).toEqual([
    ['a', 'texts'],
    ['b', 'other'],
  ]);
});
