import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { BooksFile } from './books-file.js';
import { openBooksFolder } from './books-folder.js';

const parent = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-parent-'));
afterAll(() => fs.rmSync(parent, { recursive: true, force: true }));

test('books that cannot be written say so once, however many requests come', () => {
  // /dev/full answers every write with "no space left on device".
  const file = new BooksFile('/dev/full', () => []);
  const changes: (string | undefined)[] = [];
  file.onChange = (error) => void changes.push(error?.message);
  for (let i = 0; i < 1000; i++) file.changed(true);
  expect(changes).toEqual([expect.stringContaining('ENOSPC')]);
  file.close();
});

test('a folder of a program that was killed is removed at the next start; those in use or of others stay', async () => {
  const running = await openBooksFolder([parent]);
  const killed = path.join(parent, 'kanmon-books-killed');
  const draining = path.join(parent, 'kanmon-books-draining');
  for (const folder of [killed, draining]) {
    fs.mkdirSync(folder);
    fs.writeFileSync(path.join(folder, 'books-1'), 'x');
    await abandonedSocket(path.join(folder, 'owner.sock'));
  }
  await abandonedSocket(path.join(killed, 'books-1.sock'));
  const worker = net.createServer();
  await new Promise<void>((resolve) => void worker.listen(path.join(draining, 'books-1.sock'), () => resolve()));
  // Another program's: nothing in it says that it is ours.
  const foreign = path.join(parent, 'kanmon-books-of-others');
  fs.mkdirSync(foreign);
  fs.symlinkSync(foreign, path.join(parent, 'kanmon-books-link'));

  const next = await openBooksFolder([parent]);
  expect(fs.existsSync(killed)).toBe(false);
  for (const folder of [running.path, draining, foreign, next.path]) expect(fs.existsSync(folder)).toBe(true);
  worker.close();
  running.remove();
  next.remove();
  // Once its last worker is gone, too.
  await abandonedSocket(path.join(draining, 'books-1.sock'));
  (await openBooksFolder([parent])).remove();
  expect(fs.readdirSync(parent).toSorted()).toEqual(['kanmon-books-link', 'kanmon-books-of-others']);
});

/** A socket file whose process was killed. */
async function abandonedSocket(file: string): Promise<void> {
  fs.rmSync(file, { force: true });
  const listen = `require('net').createServer().listen(${JSON.stringify(file)}`;
  const script = `${listen}, () => process.kill(process.pid, 'SIGKILL'))`;
  const child = spawn(process.execPath, ['-e', script]);
  await new Promise((resolve) => child.once('exit', resolve));
}
