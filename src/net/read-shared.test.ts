import { PassThrough } from 'node:stream';
import net from 'node:net';
import { expect, test } from 'vitest';
import { until } from '../../test/support/program.js';
import { readShared, sharesBuffers } from './read-shared.js';

test('plain sockets share their buffer on this Node', () => {
  expect(sharesBuffers).toBe(true);
});

test('what many connections send at once arrives whole at each, and the end of a connection is seen', async () => {
  const received = new Map<net.Socket, Buffer[]>();
  const buffers = new Set<ArrayBufferLike>();
  let closed = 0;
  const server = net.createServer((socket) => {
    const parts: Buffer[] = [];
    received.set(socket, parts);
    readShared(socket, (bytes) => {
      buffers.add(bytes.buffer);
      parts.push(Buffer.from(bytes));
    });
    socket.on('close', () => closed++);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as net.AddressInfo;
  const bodies = Array.from({ length: 5 }, (_, i) => Buffer.alloc(300_000 + i, i + 1));
  for (const body of bodies) {
    const client = net.connect(port, '127.0.0.1');
    for (let at = 0; at < body.length; at += 50_000) client.write(body.subarray(at, at + 50_000));
    client.end();
  }
  await until('all to be closed', () => closed === bodies.length);
  server.close();
  const whole = [...received.values()].map((parts) => Buffer.concat(parts)).sort((a, b) => a.length - b.length);
  expect(whole.map((bytes) => bytes.equals(bodies[bytes.length - 300_000] as Buffer))).toEqual([
    true,
    true,
    true,
    true,
    true,
  ]);
  expect(buffers.size).toBe(1);
});

test('anything else is read as streams are', () => {
  const stream = new PassThrough();
  const seen: string[] = [];
  readShared(stream as unknown as net.Socket, (bytes) => seen.push(Buffer.from(bytes).toString()));
  stream.emit('data', Buffer.from('a'));
  expect(seen).toEqual(['a']);
});
