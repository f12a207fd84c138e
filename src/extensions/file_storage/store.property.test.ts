import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { piecesOf, type StorageError, type StorageOperation, type StorageValue } from '../../component/storage.js';
import { nodeDisk } from './disk.js';
import { scanSegment } from './scan.js';
import { Store, type Damage } from './store.js';

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-store-'));
  try {
    await run(folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

async function opened(folder: string, maxBytes: number, damages: Damage[] = []): Promise<Store> {
  return Store.open({
    ...{ folder, disk: nodeDisk, fsync: false, maxBytes, compaction: { folder, maxTransaction: 1000 } },
    damaged: (damage) => void damages.push(damage),
    setAside: () => {},
    failed: (what, error) => {
      throw new Error(what, { cause: error });
    },
  });
}

const key = fc.constantFrom('a', 'b', 'c', 'd', 'é', '');
const value = fc.uint8Array({ maxLength: 400 });
const operation: fc.Arbitrary<StorageOperation> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('set' as const),
      key,
      value: fc.oneof(value, fc.array(value, { maxLength: 3 })),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), key }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('get' as const), key }) },
);
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ batch: fc.array(operation, { minLength: 1, maxLength: 4 }) }) },
  { weight: 1, arbitrary: fc.constant('reopen' as const) },
  { weight: 1, arbitrary: fc.constant('compact' as const) },
);

test('a store holds what a map would, however it is opened again and compacted', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), (steps) =>
      inFolder(async (folder) => {
        const model = new Map<string, StorageValue>();
        let store = await opened(folder, 0);
        for (const each of steps) {
          if (each === 'compact') await store.compact();
          else if (each === 'reopen') {
            await store.close();
            store = await opened(folder, 0);
          } else {
            const expected = each.batch.map((operation) => {
              if (operation.kind === 'get') return model.get(operation.key);
              if (operation.kind === 'set') model.set(operation.key, operation.value);
              else model.delete(operation.key);
              return undefined;
            });
            const found = await store.batch(each.batch);
            expect(found.map(listed)).toEqual(expected.map(listed));
          }
        }
        await store.close();
        const damages: Damage[] = [];
        store = await opened(folder, 0, damages);
        expect(damages).toEqual([]);
        expect((await store.keys()).toSorted()).toEqual([...model.keys()].toSorted());
        for (const [each, bytes] of model) expect(listed(await store.get(each))).toEqual(listed(bytes));
        await store.close();
      }),
    ),
    { numRuns: 60 },
  );
});

const listed = (value: StorageValue | undefined): number[] | undefined => value && [...Buffer.concat(piecesOf(value))];

/** One way in which a file was damaged. */
type Harm =
  | { readonly kind: 'flip'; readonly at: number; readonly bit: number }
  | { readonly kind: 'overwrite'; readonly at: number; readonly length: number }
  | { readonly kind: 'cut'; readonly at: number }
  | { readonly kind: 'empty' };
const share = fc.double({ min: 0, max: 0.9999, noNaN: true });
const harm: fc.Arbitrary<Harm> = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), at: share, bit: fc.nat(7) }),
  fc.record({ kind: fc.constant('overwrite' as const), at: share, length: fc.integer({ min: 1, max: 300 }) }),
  fc.record({ kind: fc.constant('cut' as const), at: share }),
  fc.constant({ kind: 'empty' as const }),
);

/** Damages a file, and returns the range of its bytes that are not what they were. */
function harmed(file: string, how: Harm): { readonly from: number; readonly to: number } {
  const bytes = fs.readFileSync(file);
  const from = how.kind === 'empty' ? 0 : Math.floor(how.at * bytes.length);
  if (how.kind === 'flip') {
    bytes[from] = (bytes[from] ?? 0) ^ (1 << how.bit);
    fs.writeFileSync(file, bytes);
    return { from, to: from + 1 };
  }
  if (how.kind === 'overwrite') {
    const to = Math.min(bytes.length, from + how.length);
    bytes.fill('garbage ', from, to);
    fs.writeFileSync(file, bytes);
    return { from, to };
  }
  fs.truncateSync(file, from);
  return { from, to: bytes.length };
}

/** The ranges of the frames in a file, by key. */
async function framesOf(file: string): Promise<Map<string, { readonly from: number; readonly to: number }>> {
  const ranges = new Map<string, { readonly from: number; readonly to: number }>();
  const open = await nodeDisk.open(file, 'r');
  const marker = Buffer.from(/-([0-9a-f]{16})\.seg$/.exec(file)?.[1] ?? '', 'hex');
  let from = 0;
  for await (const found of scanSegment(nodeDisk, open, fs.statSync(file).size, marker)) {
    if (found.kind !== 'frame') throw new Error(`${file} is damaged before it was`);
    for (const { key: text } of found.operations) ranges.set(text, { from, to: found.end });
    from = found.end;
  }
  await nodeDisk.close(open);
  return ranges;
}

test('damage costs the records that it touches, and no others, and each place is reported', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 30 }), fc.nat(20), harm, (values, gone, how) =>
      inFolder(async (folder) => {
        const store = await opened(folder, 0);
        for (const [i, bytes] of values.entries()) await store.set(`key ${i}`, bytes);
        await store.delete(`key ${gone}`);
        await store.close();
        const [name = ''] = fs.readdirSync(folder);
        if (name === '') return;
        const file = path.join(folder, name);
        const frames = await framesOf(file);
        const range = harmed(file, how);

        const damages: Damage[] = [];
        const again = await opened(folder, 0, damages);
        let lost = 0;
        for (const [i, bytes] of values.entries()) {
          const frame = frames.get(`key ${i}`);
          const isTouched = frame === undefined || (frame.from < range.to && range.from < frame.to);
          const found = await again.get(`key ${i}`).catch((error: unknown) => {
            expect((error as StorageError).failure).toBe('damaged');
            return undefined;
          });
          if (i === gone) {
            expect(found).toBeUndefined();
            continue;
          }
          if (!isTouched) expect(listed(found)).toEqual(listed(bytes));
          if (found) expect(listed(found)).toEqual(listed(bytes));
          else lost++;
        }
        const cutBetweenFrames =
          how.kind === 'cut' && [...frames.values()].some(({ from, to }) => range.from === from || range.from === to);
        if (lost > 0 && !cutBetweenFrames) expect(damages.length).toBeGreaterThan(0);
        await again.set('after', Uint8Array.of(1));
        await again.close();
        const last = await opened(folder, 0);
        expect(listed(await last.get('after'))).toEqual([1]);
        await last.close();
      }),
    ),
    { numRuns: 150 },
  );
});
