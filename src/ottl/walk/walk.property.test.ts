import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arbitraryOtlp } from '../../../test/support/arbitrary-otlp.js';
import { pathOf } from '../../../test/support/ottl-path.js';
import { referenceMessage, type Tree } from '../../../test/support/reference-decode.js';
import type { Batch } from '../../otlp/batch.js';
import { messageNumber } from '../../otlp/fields.js';
import type { Signal } from '../../otlp/signal.js';
import { key as keyOf } from '../../otlp/view/key.js';
import { validate } from '../../otlp/wire/validate.js';
import { resultAtOnce } from '../../otlp/work.js';
import { contexts, type ContextName } from '../contexts/contexts.js';
import { OttlError } from '../ottl-error.js';
import type { Value } from '../value.js';
import { ChangingWalk } from './changing-walk.js';
import { ReadingWalk } from './reading-walk.js';

const runs = Number(process.env['KANMON_FUZZ_RUNS'] ?? 200);

const kinds: readonly { signal: Signal; context: ContextName; message: string; attributes: string; path: string }[] = [
  { signal: 'traces', context: 'span', message: 'Span', attributes: 'attributes', path: 'span.attributes' },
  { signal: 'logs', context: 'log', message: 'LogRecord', attributes: 'attributes', path: 'log.attributes' },
  { signal: 'metrics', context: 'metric', message: 'Metric', attributes: 'metadata', path: 'metric.metadata' },
];
const keys: readonly string[] = ['service.name', 'host.name', 'a'];

interface Change {
  readonly kind: 'set' | 'delete' | 'same';
  readonly key: string;
  readonly value: Value;
}

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom('set', 'delete', 'same'),
  key: fc.constantFrom(...keys),
  value: fc.oneof(
    fc.constantFrom<Value>(true, undefined, 0.5, new Map([['k', [1n, 'x']]])),
    fc.string(),
    fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
  ),
});

function anyBatch(signal: Signal): fc.Arbitrary<Batch> {
  return arbitraryOtlp(signal).map((bytes) => validate(signal, new Uint8Array(bytes)));
}

/** The bytes of each item. */
function itemsOf({ bytes, index }: Batch): string[] {
  return Array.from({ length: index.itemCount }, (_item, row) =>
    Buffer.from(bytes.subarray(index.itemFrom(row), index.itemTo(row))).toString('hex'),
  );
}

/** The attributes of an item, of each key the first, and all else that it has. */
function treeOf(item: string, message: string, field: string): { rest: Tree; attributes: Map<string, unknown> } {
  const { [field]: list, ...rest } = referenceMessage(messageNumber(message), Buffer.from(item, 'hex'));
  const attributes = new Map<string, unknown>();
  for (const entry of (list ?? []) as unknown as Tree[]) {
    const { key, value } = entry as { key?: string; value?: unknown };
    if (!attributes.has(key ?? '')) attributes.set(key ?? '', value);
  }
  return { rest, attributes };
}

for (const { signal, context, message, attributes, path } of kinds)
  test(`${context}: changes of one item change its attributes and no other bytes`, () => {
    const walk = new ChangingWalk(context);
    const whole = contexts[context].path(pathOf(path));
    const accesses = new Map(keys.map((key) => [key, contexts[context].path(pathOf(`${path}["${key}"]`))]));
    fc.assert(
      fc.property(anyBatch(signal), fc.nat(), fc.array(change, { maxLength: 5 }), (batch, place, changes) => {
        const before = itemsOf(batch);
        const chosen = before.length === 0 ? 0 : place % before.length;
        let at = 0;
        const seen: Value[] = [];
        const result = resultAtOnce(
          walk.changing(batch, undefined, (scene) => {
            if (at++ !== chosen) return;
            for (const { kind, key, value } of changes) {
              const access = accesses.get(key)!;
              if (kind === 'set') access.set!(scene, value);
              else if (kind === 'delete') whole.entries!.delete(scene, keyOf(key));
              else if (access.view!(scene) !== undefined) access.set!(scene, access.get(scene));
            }
            for (const access of accesses.values()) seen.push(access.get(scene));
          }),
        );
        const after = itemsOf(result);
        expect(after.length).toBe(before.length);
        expect(after.filter((_item, i) => i !== chosen)).toEqual(before.filter((_item, i) => i !== chosen));
        if (before.length === 0) return;
        const old = treeOf(before[chosen]!, message, attributes);
        const now = treeOf(after[chosen]!, message, attributes);
        expect(now.rest).toEqual(old.rest);
        for (const [key, value] of old.attributes)
          if (changes.every((each) => each.key !== key)) expect(now.attributes.get(key)).toEqual(value);
        const read: Value[] = [];
        at = 0;
        resultAtOnce(
          new ReadingWalk(context).reading(result, undefined, (scene) => {
            if (at++ === chosen) for (const access of accesses.values()) read.push(access.get(scene));
          }),
        );
        expect(read).toEqual(seen);
        const last = new Map(changes.map((each) => [each.key, each]));
        for (const [i, key] of keys.entries()) {
          const end = last.get(key);
          if (end?.kind === 'set') expect(seen[i]).toEqual(end.value);
          if (end?.kind === 'delete') expect(seen[i]).toBeUndefined();
        }
      }),
      { numRuns: runs },
    );
  });

test('a batch stays what it is when nothing changes, or a statement fails', () => {
  const walk = new ChangingWalk('span');
  const name = contexts.span.path(pathOf('span.name'));
  const attributes = contexts.span.path(pathOf('span.attributes'));
  fc.assert(
    fc.property(anyBatch('traces'), fc.boolean(), (batch, fails) => {
      const before = Buffer.from(batch.bytes);
      const run = (): Batch =>
        resultAtOnce(
          walk.changing(batch, undefined, (scene) => {
            name.get(scene);
            attributes.entries!.delete(scene, keyOf('not there'));
            if (!fails) return;
            name.set!(scene, 'other');
            throw new OttlError('failed');
          }),
        );
      if (fails && batch.index.itemCount > 0) expect(run).toThrow('failed');
      else expect(run()).toBe(batch);
      expect(Buffer.from(batch.bytes)).toEqual(before);
    }),
    { numRuns: runs },
  );
});
