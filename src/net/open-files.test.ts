import net from 'node:net';
import { expect, test } from 'vitest';
import { until } from '../../test/support/program.js';
import { ConnectionSlots, openFilesLimit } from './open-files.js';

test.each([
  [
    'Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 4096                 files',
    1024,
  ],
  ['Max open files            unlimited            unlimited            files', undefined],
  ['', undefined],
])('the limit of open files is read from %j', (text, limit) => {
  expect(openFilesLimit(() => text)).toBe(limit);
});

test('a system without /proc says nothing', () => {
  const missing = (): never => {
    throw new Error('ENOENT');
  };
  expect(openFilesLimit(missing)).toBeUndefined();
});

async function serve(slots: ConnectionSlots): Promise<{
  port: number;
  taken: () => number;
  dropped: () => number;
  close: () => void;
}> {
  const server = net.createServer((socket) => void socket.on('error', () => {}).resume());
  let taken = 0;
  let dropped = 0;
  server.on('connection', () => void taken++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  slots.bound(server, () => void dropped++);
  return {
    port: (server.address() as net.AddressInfo).port,
    taken: () => taken,
    dropped: () => dropped,
    close: () => void server.close(),
  };
}

/** Opens connections one after the other; resolves with those that are not closed at once. */
async function open(port: number, count: number): Promise<net.Socket[]> {
  const kept: net.Socket[] = [];
  for (let i = 0; i < count; i++) {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('error', () => {});
    await new Promise<void>((resolve) => {
      socket.once('close', () => resolve());
      socket.once('connect', () => setImmediate(() => setImmediate(resolve)));
    });
    kept.push(socket);
  }
  return kept;
}

test('beyond the limit new connections are closed, another server still has some, and it heals', async () => {
  // 32 of 100 are kept back.
  const slots = new ConnectionSlots(100);
  const [busy, probes] = [await serve(slots), await serve(slots)];
  const many = await open(busy.port, 90);
  const left = (): number => many.filter((socket) => !socket.destroyed).length;
  await until('the last ones to be closed', () => busy.dropped() === 22 && left() === 68);
  const few = await open(probes.port, 16);
  await until('the probes to be taken or closed', () => probes.taken() + probes.dropped() === 16);
  expect([probes.dropped(), left()]).toEqual([0, 68]);
  for (const socket of [...many, ...few]) socket.destroy();
  const again: net.Socket[] = [];
  await until('room', async () => {
    const before = busy.taken();
    again.push(...(await open(busy.port, 1)));
    return busy.taken() > before;
  });
  for (const socket of again) socket.destroy();
  busy.close();
  probes.close();
});
