import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { FailingDisk } from '../../../test/support/failing-disk.js';
import { Store } from './store.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

async function opened(folder: string, disk: FailingDisk): Promise<Store> {
  const store = await Store.open({
    ...{ folder, disk, fsync: false, maxBytes: 0, compaction: { folder, maxTransaction: 0 } },
    damaged: ({ file, what }) => expect.fail(`${file}: ${what}`),
    setAside: (file) => expect.fail(file),
    failed: () => {},
  });
  stops.push(() => store.close());
  return store;
}

function newFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-full-'));
  stops.push(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test.each(['ENOSPC', 'EDQUOT'])('%s refuses what has no room, keeps the rest, and passes by itself', async (code) => {
  const disk = new FailingDisk();
  disk.code = code;
  const folder = newFolder();
  const store = await opened(folder, disk);
  await store.set('a', Buffer.from('1'));
  disk.room = 1000;
  await expect(store.set('large', Buffer.alloc(5000))).rejects.toMatchObject({ failure: 'full' });
  await store.set('b', Buffer.from('2'));
  // Values that are too large together fit alone.
  disk.room = 700;
  const outcomes = await Promise.allSettled(
    [300, 300, 300].map((size, i) => store.set(`c${i}`, Buffer.alloc(size, i + 1))),
  );
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  await store.delete('a');
  disk.room = Number.POSITIVE_INFINITY;
  await store.set('large', Buffer.alloc(5000, 7));
  await store.close();
  const again = await opened(folder, disk);
  expect((await again.keys()).toSorted()).toEqual(['b', 'c0', 'c1', 'large']);
  expect(await again.get('large')).toEqual(new Uint8Array(5000).fill(7));
});

test('another failure of the medium is no lack of room', async () => {
  const disk = new FailingDisk();
  disk.code = 'EIO';
  const store = await opened(newFolder(), disk);
  disk.room = 0;
  await expect(store.set('a', Buffer.from('12'))).rejects.toMatchObject({ failure: 'io' });
  disk.room = Number.POSITIVE_INFINITY;
  await store.set('a', Buffer.from('12'));
  expect(await store.get('a')).toEqual(new TextEncoder().encode('12'));
});
