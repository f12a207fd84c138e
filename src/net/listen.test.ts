import net from 'node:net';
import { expect, test } from 'vitest';
import { until } from '../../test/support/program.js';
import { listen } from './listen.js';

test('a connection that cannot be accepted is reported, and the server goes on', async () => {
  const server = net.createServer((socket) => socket.end());
  const seen: string[] = [];
  await listen(
    server,
    { endpoint: '127.0.0.1:0', transport: 'tcp' },
    { failed: ({ message }) => seen.push(message), succeeded: () => seen.push('ok') },
  );
  // As Node does when accept(2) fails.
  server.emit('error', new Error('accept EMFILE'));
  const client = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  client.resume();
  await until('the connection', () => seen.length === 2);
  expect(seen).toEqual(['accept EMFILE', 'ok']);
  client.destroy();
  server.close();
});
