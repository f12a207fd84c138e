import fs from 'node:fs';
import { expect, test } from 'vitest';
import { withExactInode } from './inode.js';
import { KnownFiles } from './known-files.js';
import { decodeFile, encodeFile } from './stored-file.js';
import { TrackedFile } from './tracked-file.js';

test('inodes that are the same as doubles are different files', () => {
  const exact = [2n ** 60n + 1n, 2n ** 60n + 2n];
  const [one, another] = exact.map((ino) => {
    const stats = Object.assign(fs.statSync('.'), { ino: Number(ino) });
    return withExactInode(stats, Object.assign(fs.statSync('.', { bigint: true }), { ino }))?.ino ?? 0;
  });
  expect([one, another]).toEqual(exact);
  const file = new TrackedFile('/a.log', { length: 3, digest: 'abc' });
  file.ino = one ?? 0;
  const restored = decodeFile(encodeFile(file));
  if (!restored) throw new Error('a stored file cannot be read');
  const known = new KnownFiles();
  known.add(restored);
  expect([known.at(0, one ?? 0), known.at(0, another ?? 0)]).toEqual([restored, undefined]);
});

test('exact numbers of another file are not taken', () => {
  const stats = Object.assign(fs.statSync('.'), { ino: 2 ** 60 });
  const exact = Object.assign(fs.statSync('.', { bigint: true }), { ino: 5n });
  expect(withExactInode(stats, exact)).toBeUndefined();
});
