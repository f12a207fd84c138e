import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../component/clock.js';
import { silentLogger } from '../telemetry/silent.js';
import { FileSlot } from './file-slot.js';
import { Identification } from './identification.js';
import { KnownFiles } from './known-files.js';
import { OpenFiles } from './open-files.js';
import { ReadPace } from './read-pace.js';
import type { TrackedFile } from './tracked-file.js';

let folder: string;
let known: KnownFiles;
let open: OpenFiles;
let identification: Identification;
let nowMs: number;
beforeEach(() => {
  nowMs = 5000;
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-identification-'));
  known = new KnownFiles();
  open = new OpenFiles(10);
  identification = new Identification(
    { fingerprintSize: 100, compression: '', onTruncate: 'read_whole_file', forgetMs: 1000, forgetPolls: 3 },
    {
      ...{ known, open, clock: { ...systemClock, now: () => nowMs }, logger: silentLogger, pace: new ReadPace() },
      ...{ archive: undefined, lost: { add() {} }, changed() {}, forgotten() {} },
    },
  );
});
afterEach(async () => {
  await open.closeAll();
  fs.rmSync(folder, { recursive: true, force: true });
});

const at = (name: string): string => path.join(folder, name);
const write = (name: string, text: string): void => fs.writeFileSync(at(name), text);

async function settle(...slots: readonly FileSlot[]): Promise<readonly TrackedFile[]> {
  const ready: TrackedFile[] = [];
  await identification.settle({ changed: slots, gone: [] }, false, (file) => void ready.push(file));
  return ready;
}

function look(slot: FileSlot): void {
  slot.see(fs.statSync(slot.path));
}

// A poll looks at all paths before it opens the first: each may have another file by then.
test('a path that gets another file before it is opened is looked at again', async () => {
  const slot = new FileSlot(at('a.log'), 'a.log');
  write('a.log', 'the first file\n');
  write('next', 'the second file\n');
  look(slot);
  fs.renameSync(at('a.log'), at('a.log.1'));
  fs.renameSync(at('next'), at('a.log'));
  expect(await settle(slot)).toEqual([]);
  expect([slot.isChanged, slot.tracked, open.size]).toEqual([true, undefined, 0]);
  look(slot);
  const [file] = await settle(slot);
  expect(file?.ino).toBe(fs.statSync(slot.path).ino);
  const moved = new FileSlot(at('a.log.1'), 'a.log.1');
  look(moved);
  const [first] = await settle(moved);
  expect(first?.ino).toBe(fs.statSync(moved.path).ino);
  expect([...known]).toEqual([file, first]);
});

test('a known file that is closed is not taken for the one at its path since', async () => {
  const slot = new FileSlot(at('a.log'), 'a.log');
  write('a.log', 'the first file\n');
  look(slot);
  const [file] = await settle(slot);
  if (!file) throw new Error('the file was not found');
  await open.close(file);
  fs.appendFileSync(slot.path, 'grows\n');
  look(slot);
  write('next', 'the first file\nbut another\n');
  fs.renameSync(at('a.log'), at('a.log.1'));
  fs.renameSync(at('next'), at('a.log'));
  expect(await settle(slot)).toEqual([]);
  expect([slot.isChanged, file.handle]).toEqual([true, undefined]);
  const moved = new FileSlot(at('a.log.1'), 'a.log.1');
  look(slot);
  look(moved);
  const [again, other] = await settle(slot, moved);
  expect(again).toBe(file);
  expect(file.slot).toBe(moved);
  expect(other?.slot).toBe(slot);
});

test('an inode that belongs to another file by now does not keep the first one open', async () => {
  const slot = new FileSlot(at('a.log'), 'a.log');
  write('a.log', 'the first file\n');
  look(slot);
  const [file] = await settle(slot);
  await identification.settle({ changed: [], gone: [slot] }, false, () => {});
  // Some file systems give the inode of a deleted file to a new one.
  write('a.log', 'the second one\n');
  const next = new FileSlot(at('a.log'), 'a.log');
  look(next);
  const [second] = await settle(next);
  expect(second).not.toBe(file);
  expect([file?.handle, second?.handle === undefined]).toEqual([undefined, false]);
});

// A reader may have the file for a while, and then its first bytes are not looked at.
test('a longer file that begins as one does that is being read is decided on later', async () => {
  const slot = new FileSlot(at('a.log'), 'a.log');
  write('a.log', 'the first line\n');
  look(slot);
  const [file] = await settle(slot);
  if (!file) throw new Error('the file was not found');
  file.isReading = true;
  fs.appendFileSync(slot.path, 'the second line\n');
  fs.copyFileSync(slot.path, at('a.log.1'));
  const copy = new FileSlot(at('a.log.1'), 'a.log.1');
  look(slot);
  look(copy);
  expect(await settle(slot, copy)).toEqual([]);
  expect(copy.isChanged).toBe(true);
  file.isReading = false;
  expect(await settle(slot, copy)).toEqual([file]);
  expect([copy.isChanged, copy.tracked]).toEqual([false, undefined]);
});

// On a crowded machine long times pass between polls, and files are rotated on meanwhile.
test('a truncated file is known until its copy can be opened, however long polls take', async () => {
  const slot = new FileSlot(at('a.log'), 'a.log');
  write('a.log', 'the first file\n');
  look(slot);
  const [file] = await settle(slot);
  fs.copyFileSync(at('a.log'), at('a.log.1'));
  write('a.log', 'the second one\n');
  // The copy is there since the folder was listed.
  look(slot);
  await settle(slot);
  expect(file?.slot).toBeUndefined();
  for (let i = 1; i <= 4; i++) {
    nowMs += 10_000;
    const copy = new FileSlot(at(`a.log.${i}`), `a.log.${i}`);
    look(copy);
    fs.renameSync(at(`a.log.${i}`), at(`a.log.${i + 1}`));
    expect(await settle(copy)).toEqual([]);
  }
  const copy = new FileSlot(at('a.log.5'), 'a.log.5');
  look(copy);
  expect(await settle(copy)).toEqual([file]);
  expect([...known].filter((each) => each.path.includes('a.log.'))).toEqual([file]);
});

test('a file at no path is forgotten after some time and some polls', async () => {
  const slot = new FileSlot(at('a.log'), 'a.log');
  write('a.log', 'the first file\n');
  look(slot);
  const [file] = await settle(slot);
  if (!file) throw new Error('the file was not found');
  file.readTo = file.size;
  await open.close(file);
  fs.unlinkSync(at('a.log'));
  await identification.settle({ changed: [], gone: [slot] }, false, () => {});
  nowMs += 10_000;
  await settle();
  await settle();
  expect([...known]).toEqual([file]);
  await settle();
  expect([...known]).toEqual([]);
});

test('it is forgotten too where every poll misses a file that came and went', async () => {
  const slot = new FileSlot(at('a.log'), 'a.log');
  write('a.log', 'the first file\n');
  look(slot);
  const [file] = await settle(slot);
  if (!file) throw new Error('the file was not found');
  file.readTo = file.size;
  await open.close(file);
  fs.unlinkSync(at('a.log'));
  await identification.settle({ changed: [], gone: [slot] }, false, () => {});
  for (let polls = 0; [...known].includes(file); polls++) {
    expect(polls).toBeLessThan(100);
    nowMs += 1000;
    write(`${polls}.log`, `another file ${polls}\n`);
    const short = new FileSlot(at(`${polls}.log`), `${polls}.log`);
    look(short);
    fs.unlinkSync(at(`${polls}.log`));
    expect(await settle(short)).toEqual([]);
  }
});
