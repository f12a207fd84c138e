import type { Socket } from 'node:net';

/** The address of a peer, `host:port`; empty for a socket with a path, and for one that is closed. */
export function addressOf({ remoteAddress, remotePort }: Pick<Socket, 'remoteAddress' | 'remotePort'>): string {
  if (remoteAddress === undefined) return '';
  return `${remoteAddress.includes(':') ? `[${remoteAddress}]` : remoteAddress}:${remotePort}`;
}
