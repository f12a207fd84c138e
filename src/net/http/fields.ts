import { IncomingMessage } from 'node:http';
import { addressOf } from '../listening/peer-address.js';
import type { HttpRequest } from './server.js';

/** All fields of a request except the pseudo-header fields of HTTP/2, by lower-case name. */
export function requestFields({ rawHeaders }: HttpRequest): Map<string, readonly string[]> {
  const fields = new Map<string, string[]>();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    if (name.startsWith(':')) continue;
    const values = fields.get(name);
    if (values) values.push(rawHeaders[i + 1] ?? '');
    else fields.set(name, [rawHeaders[i + 1] ?? '']);
  }
  return fields;
}

/** The first value under a lower-case name. */
export function firstField({ rawHeaders }: HttpRequest, name: string): string | undefined {
  for (let i = 0; i + 1 < rawHeaders.length; i += 2)
    if (rawHeaders[i]?.toLowerCase() === name) return rawHeaders[i + 1];
  return undefined;
}

/** The size that a request declares for its body, bytes; undefined when it declares none. */
export function declaredSize(request: HttpRequest): number | undefined {
  const field = request.headers['content-length'];
  return field === undefined ? undefined : Number(field);
}

/** The same object for all requests of a connection. */
export function connectionOf(request: HttpRequest): object {
  return request instanceof IncomingMessage ? request.socket : (request.stream.session ?? request);
}

/** The sender's address, `host:port`; empty for a socket with a path. */
export function peerOf({ socket }: HttpRequest): string {
  return addressOf(socket);
}
