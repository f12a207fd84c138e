import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../component/clock.js';
import { textEncoding } from '../lines/text-encoding.js';
import { FileSlot } from './file-slot.js';
import { fingerprintOf } from './fingerprint.js';
import type { LineWriter } from './line-writer.js';
import { ReadPace } from './read-pace.js';
import { Reader } from './reader.js';
import { TrackedFile } from './tracked-file.js';

let folder: string;
let lines: string[];
let file: TrackedFile;
let reader: Reader;
const fingerprintSize = 16;

beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-reader-'));
  lines = [];
  const encoding = textEncoding('utf-8');
  if (!encoding) throw new Error('utf-8 is not known');
  const writer: LineWriter = {
    ...{ observedMs: 0, size: 0, holds: false },
    write: (_, bytes, { start, end }) => void lines.push(bytes.toString('utf8', start, end)),
    finish: () => undefined,
    oldestHeld: () => undefined,
    dueAt: () => Number.POSITIVE_INFINITY,
    flush() {},
    forget() {},
  };
  const split = { encoding, keepLeading: false, keepTrailing: false, maxBytes: 1000, oversize: 'split' } as const;
  reader = new Reader(
    { split, encoding, firstRead: 1024 },
    {
      ...{ clock: systemClock, pace: new ReadPace(), writer, header: undefined },
      ...{ fill: () => undefined, isStopping: () => false },
    },
  );
  const at = path.join(folder, 'app.log');
  fs.writeFileSync(at, 'before 1\nbefore 2\nbefore 3\n');
  const slot = new FileSlot(at, 'app.log');
  file = new TrackedFile(at, fingerprintOf(fs.readFileSync(at).subarray(0, fingerprintSize)));
  file.slot = slot;
  slot.isChanged = false;
  file.handle = await fs.promises.open(at);
});
afterEach(async () => {
  await file.handle?.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

// Between the look at a file and the read of it, its writer may have copied it and begun anew.
test.each([
  ['from its beginning', 0, 'after 1\nafter 2\nafter 3\nafter 4\n'],
  ['from a place within', 9, 'after 1\nafter 2\nafter 3\nafter 4\n'],
  ['with fewer bytes than the first ones', 0, 'after 1\n'],
])('a file that was truncated and written anew, read %s, gives no line', async (_, offset, text) => {
  file.startAt({ offset, member: 0, records: 0, skipping: false });
  fs.writeFileSync(file.path, text);
  expect(await reader.read(file, 'later')).toBe('end');
  expect([lines, file.offset, file.slot?.isChanged]).toEqual([[], offset, true]);
});

test('nor is such a file read again and again that is at no path any more', async () => {
  file.slot = undefined;
  file.size = 27;
  file.startAt({ offset: 9, member: 0, records: 0, skipping: false });
  fs.writeFileSync(file.path, 'after 1\nafter 2\nafter 3\n...\n'.slice(0, 27));
  expect(await reader.read(file, 'later')).toBe('end');
  expect([lines, file.readTo]).toEqual([[], file.size]);
});

test.each([
  [0, ['before 1', 'before 2', 'before 3', 'more']],
  [18, ['before 3', 'more']],
])('a file that only grew is read on, from %i', async (offset, expected) => {
  file.startAt({ offset, member: 0, records: 0, skipping: false });
  fs.appendFileSync(file.path, 'more\n');
  expect(await reader.read(file, 'later')).toBe('end');
  expect([lines, file.offset, file.slot?.isChanged]).toEqual([expected, 32, false]);
});
