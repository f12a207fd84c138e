import { lookup } from 'node:dns/promises';
import type { Server } from 'node:net';
import { isIP } from 'node:net';
import type { ListenConfig } from './options/server-common.js';

/** Reports of a server that listens: connections that could not be accepted, and those that were. */
export interface AcceptStatus {
  failed(error: Error): void;
  succeeded(): void;
}

/**
 * Lets a server listen. Rejects in Go's words: `listen tcp 127.0.0.1:4317: bind: address already in use`. Afterwards a
 * connection that can't be accepted, as when there are no file descriptors left, is reported, and the server goes on.
 */
export async function listen(
  server: Pick<Server, 'listen' | 'on' | 'once' | 'off'>,
  { endpoint, transport }: Pick<ListenConfig, 'endpoint' | 'transport'>,
  status?: AcceptStatus,
): Promise<void> {
  const target = transport === 'unix' ? { path: endpoint } : await address(endpoint, transport);
  await new Promise<void>((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void =>
      reject(new Error(`listen ${transport} ${shown(target, endpoint)}: ${reason(error)}`, { cause: error }));
    server.once('error', failed);
    server.listen(target, () => {
      server.off('error', failed);
      resolve();
    });
  });
  // Without a listener the event would end the process.
  server.on('error', (error) => status?.failed(error));
  if (status) server.on('connection', () => status.succeeded());
}

interface TcpTarget {
  readonly host?: string;
  readonly port: number;
  readonly ipv6Only?: boolean;
}

async function address(endpoint: string, transport: string): Promise<TcpTarget> {
  if (endpoint === '') return { port: 0 };
  const match = /^(?:\[([^\]]*)\]|([^:]*)):([^:]*)$/.exec(endpoint);
  if (!match)
    throw new Error(
      `listen ${transport}: address ${endpoint}: ` +
        (endpoint.includes(':') ? 'too many colons in address' : 'missing port in address'),
    );
  const port = match[3] === '' ? 0 : Number(match[3]);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`listen ${transport}: lookup ${transport}/${match[3]}: unknown port`);
  const host = match[1] ?? match[2] ?? '';
  const ipv6Only = transport === 'tcp6' ? { ipv6Only: true } : {};
  if (host === '') return transport === 'tcp4' ? { host: '0.0.0.0', port } : { port, ...ipv6Only };
  if (isIP(host) !== 0 || host.includes('%')) return { host, port, ...ipv6Only };
  try {
    // A name that has both kinds of address listens on the IPv4 one, as Go does.
    const found = await lookup(host, { all: true });
    const wanted = transport === 'tcp6' ? 6 : 4;
    const chosen = found.find(({ family }) => family === wanted) ?? found[0];
    return { host: chosen?.address ?? host, port, ...ipv6Only };
  } catch (error) {
    throw new Error(`listen ${transport}: lookup ${host}: no such host`, { cause: error });
  }
}

function shown(target: { readonly path: string } | TcpTarget, endpoint: string): string {
  if ('path' in target) return target.path;
  return target.host === undefined
    ? endpoint
    : target.host.includes(':')
      ? `[${target.host}]:${target.port}`
      : `${target.host}:${target.port}`;
}

function reason({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'bind: address already in use';
    case 'EACCES':
      return 'bind: permission denied';
    case 'EADDRNOTAVAIL':
      return 'bind: cannot assign requested address';
    case 'ENOENT':
      return 'bind: no such file or directory';
    default:
      return message;
  }
}
