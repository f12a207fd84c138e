import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { HeldClock } from '../../../test/support/held-world.js';
import { lostTexts, maxWaitingBytes, TextOutput, type OutputWriter } from './output.js';
import { openSinks } from './sinks.js';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-output-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));
const { O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = fs.constants;

let pipes = 0;
function namedPipe(): string {
  const file = path.join(folder, `pipe-${++pipes}`);
  execFileSync('mkfifo', [file]);
  return file;
}

/** Takes what is in a pipe now. */
function read(fd: number): string {
  const bytes = Buffer.alloc(1 << 20);
  let text = '';
  for (;;) {
    try {
      const length = fs.readSync(fd, bytes);
      if (length === 0) return text;
      text += bytes.toString('latin1', 0, length);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return text;
      throw error;
    }
  }
}

/** Takes everything that waits, as a reader does that has come back. */
async function readAll(fd: number, output: TextOutput, clock: HeldClock): Promise<string> {
  let text = read(fd);
  while (output.waitingBytes > 0) {
    await clock.pass(250);
    text += read(fd);
  }
  return text + read(fd);
}

class Writer implements OutputWriter {
  readonly faults: string[] = [];
  lostText(count: number): string {
    return `${count} lost\n`;
  }
  failed(error: Error): void {
    this.faults.push((error as NodeJS.ErrnoException).code ?? error.message);
  }
}

test('a pipe that nobody reads holds up nothing: text waits, and a loss is reported in its place', async () => {
  const file = namedPipe();
  const writing = fs.openSync(file, O_RDWR | O_NONBLOCK);
  const reading = fs.openSync(file, O_RDONLY | O_NONBLOCK);
  const clock = new HeldClock();
  const output = new TextOutput(writing, clock);
  const writer = new Writer();
  const before = lostTexts();
  const count = 20_000;
  for (let i = 0; i < count; i++) {
    output.write(`${String(i).padStart(998, '-')}\n`, writer);
    expect(output.waitingBytes).toBeLessThanOrEqual(maxWaitingBytes);
  }
  const lines = (await readAll(reading, output, clock)).trimEnd().split('\n');
  const reported = lines.filter((line) => line.endsWith(' lost')).map((line) => Number.parseInt(line, 10));
  // Every line is there, or counted exactly where it is missing.
  let next = 0;
  for (const line of lines) {
    if (line.endsWith(' lost')) next += Number.parseInt(line, 10);
    else expect(Number(line.replace(/^-*/, ''))).toBe(next++);
  }
  expect(next).toBe(count);
  expect(reported).toHaveLength(1);
  expect(lostTexts() - before).toBe(reported[0]);
  expect(writer.faults).toEqual([]);
  output.write('again\n', writer);
  expect(read(reading)).toBe('again\n');
});

test('two writers of one output keep their order, and each hears of its own losses', async () => {
  const file = namedPipe();
  const reading = fs.openSync(file, O_RDONLY | O_NONBLOCK);
  const clock = new HeldClock();
  const output = new TextOutput(fs.openSync(file, O_RDWR | O_NONBLOCK), clock);
  const [log, debug]: OutputWriter[] = ['log', 'debug'].map((name) => ({
    lostText: (count) => `${name}: ${count} lost\n`,
    failed: () => {},
  }));
  const text = `${'x'.repeat(99_999)}\n`;
  for (let i = 0; i < 60; i++) output.write(text, i % 3 === 0 ? log! : debug!);
  output.write('last\n', log!);
  const lines = (await readAll(reading, output, clock)).split('\n');
  const reported = lines.filter((line) => line.endsWith(' lost'));
  expect(reported.map((line) => line.split(':')[0])).toEqual(expect.arrayContaining(['log', 'debug']));
  expect(lines.at(-2)).toBe('last');
});

test('a writer of much can wait until half of the bound waits, or the reader has taken nothing for long', async () => {
  const file = namedPipe();
  const reading = fs.openSync(file, O_RDONLY | O_NONBLOCK);
  const clock = new HeldClock();
  const output = new TextOutput(fs.openSync(file, O_RDWR | O_NONBLOCK), clock);
  const writer = new Writer();
  const before = lostTexts();
  const text = `${'x'.repeat(2 ** 18 - 1)}\n`;
  let read64k = 0;
  for (let i = 0; i < 64; i++) {
    output.write(text, writer);
    for (let room = output.room(), there = false; room !== undefined && !there;) {
      void room.then(() => (there = true));
      read64k += read(reading).length;
      await clock.pass(1);
    }
  }
  expect(read64k).toBeGreaterThan(13 * 2 ** 20);
  expect(lostTexts() - before).toBe(0);
  // Nobody reads now.
  while (output.room() === undefined) output.write(text, writer);
  let given = false;
  void output.room()?.then(() => (given = true));
  await clock.pass(100);
  expect(given).toBe(false);
  await clock.pass(600);
  expect(given).toBe(true);
  expect(output.room()).toBeUndefined();
});

test('one text larger than the bound comes out whole', async () => {
  const file = namedPipe();
  const reading = fs.openSync(file, O_RDONLY | O_NONBLOCK);
  const clock = new HeldClock();
  const output = new TextOutput(fs.openSync(file, O_RDWR | O_NONBLOCK), clock);
  const text = `${'x'.repeat(2 * maxWaitingBytes)}\n`;
  output.write(text, new Writer());
  expect((await readAll(reading, output, clock)) === text).toBe(true);
});

test('behind a text larger than the bound that is partly out, the last words are kept', async () => {
  const file = namedPipe();
  const reading = fs.openSync(file, O_RDONLY | O_NONBLOCK);
  const clock = new HeldClock();
  const output = new TextOutput(fs.openSync(file, O_RDWR | O_NONBLOCK), clock);
  const writer = new Writer();
  output.write(`${'x'.repeat(2 * maxWaitingBytes)}\n`, writer);
  for (let i = 0; i < 1000; i++) output.write(`${String(i).padStart(998, '-')}\n`, writer);
  expect(output.waitingBytes).toBeLessThan(2 * maxWaitingBytes + 2 ** 17);
  const [, ...lines] = (await readAll(reading, output, clock)).trimEnd().split('\n');
  const kept = lines.filter((line) => line.startsWith('-')).map((line) => Number(line.replace(/^-*/, '')));
  expect(kept.length).toBeGreaterThan(60);
  expect(kept).toEqual(Array.from({ length: kept.length }, (_, i) => 1000 - kept.length + i));
});

test('a reader that is gone is one fault; another one gets everything that waits', async () => {
  const file = namedPipe();
  let reading = fs.openSync(file, O_RDONLY | O_NONBLOCK);
  const clock = new HeldClock();
  const output = new TextOutput(fs.openSync(file, O_WRONLY | O_NONBLOCK), clock);
  const writer = new Writer();
  output.write('1\n', writer);
  expect(read(reading)).toBe('1\n');
  fs.closeSync(reading);
  for (const line of ['2\n', '3\n', '4\n']) output.write(line, writer);
  await clock.pass(10_000);
  expect(writer.faults).toEqual(['EPIPE']);
  reading = fs.openSync(file, O_RDONLY | O_NONBLOCK);
  expect(await readAll(reading, output, clock)).toBe('2\n3\n4\n');
});

test('a full disk costs a bounded amount of memory and is reported once', async () => {
  const clock = new HeldClock();
  // /dev/full answers every write with "no space left on device".
  const output = new TextOutput(fs.openSync('/dev/full', 'a'), clock);
  const writer = new Writer();
  const before = lostTexts();
  for (let i = 0; i < 10_000; i++) output.write(`${'x'.repeat(999)}\n`, writer);
  await clock.pass(1000);
  expect(output.waitingBytes).toBeLessThanOrEqual(maxWaitingBytes);
  expect(lostTexts() - before).toBeGreaterThan(5000);
  expect(writer.faults).toEqual(['ENOSPC']);
  // Closed while text waits: it is given up after a time, and the descriptor with it.
  output.close();
  await clock.pass(11_000);
  expect(lostTexts() - before).toBe(10_000);
});

test('a named pipe without a reader is opened at once and keeps the first lines for it', () => {
  const file = namedPipe();
  const sink = openSinks([file], new Writer());
  sink.write('first\n');
  expect(read(fs.openSync(file, O_RDONLY | O_NONBLOCK))).toBe('first\n');
  sink.close();
});
