import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { until } from '../../test/support/program.js';
import { listen, type Listening } from './listen.js';
import { ListeningSocket } from './listening/socket.js';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-listen-'));
const open: { close(): void }[] = [];
afterAll(() => {
  for (const each of open) each.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

const closing = { accept: (socket: net.Socket): void => void socket.end() };

async function listenAt(endpoint: string): Promise<Listening> {
  const listening = await listen(closing, { endpoint, transport: 'unix' });
  open.push(listening);
  return listening;
}

function connects(endpoint: string): Promise<boolean> {
  return new Promise((resolve) => {
    const client = net.connect({ path: endpoint });
    client.once('connect', () => {
      client.destroy();
      resolve(true);
    });
    client.once('error', () => resolve(false));
  });
}

/** A socket whose process was killed, so that nobody accepts at it and nobody removes it. */
async function killedAt(endpoint: string): Promise<void> {
  const child = spawn(process.execPath, [
    '-e',
    `require('net').createServer().listen(${JSON.stringify(endpoint)}, () => console.log('listens'))`,
  ]);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGKILL');
  await ended;
}

test('a connection that cannot be accepted is reported, and the socket listens on', async () => {
  const seen: string[] = [];
  const server = net.createServer();
  const status = {
    failed: ({ message }: Error) => void seen.push(message),
    succeeded: () => void seen.push('ok'),
  };
  const socket = new ListeningSocket({ host: '127.0.0.1', port: 0 }, { taker: closing, status }, () => server);
  open.push(socket);
  await socket.open();
  // As Node does when accept(2) fails.
  server.emit('error', new Error('accept EMFILE'));
  const client = net.connect((socket.address as net.AddressInfo).port, '127.0.0.1');
  client.resume();
  await until('the connection', () => seen.length === 2);
  expect(seen).toEqual(['accept EMFILE', 'ok']);
  client.destroy();
});

test.each<[what: string, make: (at: string) => void | Promise<void>, fault: RegExp | undefined]>([
  ['nothing', () => {}, undefined],
  ['the socket of a process that was killed', killedAt, undefined],
  [
    'the socket of a process that listens',
    async (at) => void (await listenAt(at)),
    /another process accepts connections on it/,
  ],
  ['a file', (at) => fs.writeFileSync(at, 'mine'), /it is a file, and no socket/],
  ['a directory', (at) => fs.mkdirSync(at), /it is a directory, and no socket/],
  ['a symbolic link', (at) => fs.symlinkSync('/dev/null', at), /it is a symbolic link, and no socket/],
  [
    'a symbolic link to a socket of a process that listens',
    async (at) => {
      await listenAt(`${at}-real`);
      fs.symlinkSync(`${at}-real`, at);
    },
    /it is a symbolic link, and no socket/,
  ],
])('a unix socket where there is %s', async (what, make, fault) => {
  const at = path.join(folder, what.replaceAll(' ', '-'));
  await make(at);
  const before = fs.lstatSync(at, { throwIfNoEntry: false })?.ino;
  if (fault) {
    await expect(listenAt(at)).rejects.toThrow(`listen unix ${at}: bind: address already in use: `);
    await expect(listenAt(at)).rejects.toThrow(fault);
    expect(fs.lstatSync(at).ino).toBe(before);
    return;
  }
  const listening = await listenAt(at);
  expect(await connects(at)).toBe(true);
  listening.close();
  expect(fs.existsSync(at)).toBe(false);
});

test('of several servers that find the same stale socket one listens, and the others say why not', async () => {
  const at = path.join(folder, 'raced');
  await killedAt(at);
  const ends = await Promise.allSettled([listenAt(at), listenAt(at), listenAt(at)]);
  expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(await connects(at)).toBe(true);
});
