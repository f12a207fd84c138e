import type { Socket } from 'node:net';
import type { Clock } from '../../component/clock.js';
import { guard } from '../../component/fault.js';

/** The protocol that the first bytes of a connection belong to. */
export type Spoken = 'HTTP/1.1' | 'HTTP/2' | 'TLS' | 'something else';

/** Names the protocol that begins with `first`. */
export function spokenBy(first: Uint8Array): Spoken {
  if (first[0] === 0x16) return 'TLS';
  const text = Buffer.from(first.buffer, first.byteOffset, Math.min(first.length, 24)).toString('latin1');
  if (/^PRI(?: |$)/.test(text)) return 'HTTP/2';
  return /^[A-Z]{1,16}(?: |$)/.test(text) ? 'HTTP/1.1' : 'something else';
}

/**
 * Calls `then` with the first bytes of a connection, which are still to be read from the socket: `then` hands it to
 * the reader, and it goes on in the next turn. A connection that stays silent for `withinMs` is ended.
 */
export function withFirstBytes(socket: Socket, clock: Clock, withinMs: number, then: (first: Buffer) => void): void {
  const stop = clock.after(withinMs, () => socket.destroy());
  const ended = (): void => void socket.destroy();
  socket.on('error', () => {});
  socket.once('close', stop);
  socket.once('end', ended);
  socket.once(
    'data',
    guard(
      'first bytes of a connection',
      (first: Buffer) => {
        stop();
        socket.off('close', stop);
        socket.off('end', ended);
        socket.pause();
        socket.unshift(first);
        then(first);
        process.nextTick(() => socket.resume());
      },
      () => socket.destroy(),
    ),
  );
}

/**
 * A response of HTTP/1.1 that ends its connection. `head` is what has come of the request: the text is JSON, a
 * google.rpc.Status of `code`, when that says that it has JSON.
 */
export function lastAnswer(status: string, code: number, text: string, head: Uint8Array): Buffer {
  const json = /\r\ncontent-type:[ \t]*application\/json/i.test(Buffer.from(head).toString('latin1'));
  const body = Buffer.from(json ? JSON.stringify({ code, message: text }) : `${text}\n`);
  const type = json ? 'application/json' : 'text/plain; charset=utf-8';
  const fields = `Content-Type: ${type}\r\nContent-Length: ${body.length}\r\nConnection: close`;
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${status}\r\n${fields}\r\n\r\n`), body]);
}
