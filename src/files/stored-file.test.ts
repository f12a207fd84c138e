import { expect, test } from 'vitest';
import { damaging, MemoryStorage } from '../../test/support/storage.js';
import { heldWorld } from '../../test/support/held-world.js';
import { readableValue } from '../component/readable-value.js';
import { EntryMap } from '../entries/entry-map.js';
import type { EntryValue } from '../entries/entry-value.js';
import { Checkpoints } from './checkpoints.js';
import { decodeFile, encodeFile } from './stored-file.js';
import { TrackedFile } from './tracked-file.js';

const fileWith = (header: EntryValue): TrackedFile => {
  const file = new TrackedFile('/a.log', { length: 3, digest: 'abc' });
  file.header = new EntryMap().set('h', header);
  return file;
};

test.each(['null', '[]', '"x"', '{"path":1}', '{', ''])('%j is no file', (text) => {
  expect(decodeFile(Buffer.from(text))).toBeUndefined();
});

test('values of a header come back as they were', () => {
  const value: EntryValue = ['x', 1.5, 7n, true, null, Buffer.from([255]), new EntryMap().set('__proto__', -1n)];
  const file = decodeFile(encodeFile(fileWith(value)));
  expect(encodeFile(file ?? fileWith(null))).toEqual(encodeFile(fileWith(value)));
});

test('a header that nests deep is stored without its depths', () => {
  let value: EntryValue = 'deep';
  for (let i = 0; i < 10_000; i++) value = [value];
  const file = decodeFile(encodeFile(fileWith(value)));
  let here: EntryValue | undefined = file?.header?.get('h');
  let depth = 0;
  for (; Array.isArray(here); [here] = here) depth++;
  expect(here).toBeNull();
  expect(depth).toBeGreaterThan(50);
});

test('what cannot be read is left out, and its number used again', async () => {
  const { context, lines } = heldWorld();
  const storage = new MemoryStorage();
  const client = await storage.open({ kind: 'receiver', id: 'file_log', name: '' });
  await client.set('file_3', encodeFile(fileWith('x')));
  await client.set('file_999999999', Buffer.from('null'));
  for (const key of ['file_', 'file_x', 'file_9007199254740993', 'archive_0']) await client.set(key, Buffer.from('x'));
  const checkpoints = new Checkpoints(client, context.clock, context.logger);
  const files = await checkpoints.load();
  expect(files.map(({ record }) => record)).toEqual([3]);
  expect(lines.map(({ level }) => level)).toEqual(['warn']);
  const another = fileWith('y');
  checkpoints.changed(another);
  await expect.poll(() => another.record).toBe(999_999_999);
});

test('of several stored offsets only the damaged ones are lost', async () => {
  const { context, lines } = heldWorld();
  const client = await new MemoryStorage().open({ kind: 'receiver', id: 'file_log', name: '' });
  for (let i = 0; i < 600; i++) await client.set(`file_${i}`, encodeFile(fileWith(`${i}`)));
  const damaged = new Set(['file_7', 'file_300']);
  const files = await new Checkpoints(damaging(client, damaged), context.clock, context.logger).load();
  expect(files.map(({ record }) => record)).toEqual(
    Array.from({ length: 600 }, (_, i) => i).filter((i) => i !== 7 && i !== 300),
  );
  expect(lines.map(({ message, fields }) => [message, fields?.['record']])).toEqual([
    ['A stored offset cannot be read; its file is new.', 7],
    ['A stored offset cannot be read; its file is new.', 300],
  ]);
  expect([...damaged]).toEqual([]);
  expect(await client.keys()).toHaveLength(598);
});

test('a failure that is no damage is one', async () => {
  const { context } = heldWorld();
  const client = await new MemoryStorage().open({ kind: 'receiver', id: 'file_log', name: '' });
  await client.set('file_0', encodeFile(fileWith('x')));
  await client.close();
  await expect(new Checkpoints(client, context.clock, context.logger).load()).rejects.toThrow('closed');
  await expect(readableValue(client, 'file_0')).rejects.toThrow('closed');
});
