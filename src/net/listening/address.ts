import { isIP } from 'node:net';
import path from 'node:path';
import { names } from '../lookup.js';
import type { ListenConfig } from '../options/server-common.js';
import { readListenAddress } from './listen-fault.js';

/** A place to listen, as the operating system knows it. */
export type ListenTarget = UnixTarget | TcpTarget;

interface UnixTarget {
  /** Of a socket that is no file (Linux), a null character and its name. */
  readonly path: string;
}

/** The path of a unix socket as the operating system takes it: `@name` is the name of one that is no file, as in Go. */
export function osPath(written: string): string {
  return written.startsWith('@') ? `\0${written.slice(1)}` : written;
}

/** Whether a socket has no file, so that nothing has to be made room for and nothing stays. */
export function isAbstract(path: string): boolean {
  return path.startsWith('\0');
}

interface TcpTarget {
  /** Undefined: every address of the machine. */
  readonly host?: string;
  /** 0: any port that is free. */
  readonly port: number;
  readonly ipv6Only?: boolean;
}

/** Reads where to listen. Rejects in Go's words: `listen tcp: lookup nowhere: no such host`. */
export async function listenTarget({
  endpoint,
  transport,
}: Pick<ListenConfig, 'endpoint' | 'transport'>): Promise<ListenTarget> {
  return transport === 'unix' ? { path: osPath(endpoint) } : await tcpTarget(endpoint, transport);
}

async function tcpTarget(endpoint: string, transport: string): Promise<TcpTarget> {
  const address = readListenAddress(endpoint, transport);
  if ('message' in address) throw new Error(address.message);
  const { host, port } = address;
  const ipv6Only = transport === 'tcp6' ? { ipv6Only: true } : {};
  if (host === '') return transport === 'tcp4' ? { host: '0.0.0.0', port } : { port, ...ipv6Only };
  if (isIP(host) !== 0 || host.includes('%')) return { host, port, ...ipv6Only };
  try {
    // A name that has both kinds of address listens on the IPv4 one, as Go does.
    const found = await names.find(host);
    const wanted = transport === 'tcp6' ? 6 : 4;
    const chosen = found.find(({ family }) => family === wanted) ?? found[0];
    return { host: chosen?.address ?? host, port, ...ipv6Only };
  } catch (error) {
    throw new Error(`listen ${transport}: lookup ${host}: no such host`, { cause: error });
  }
}

/** As Go shows it in an error. */
export function shownTarget(target: ListenTarget, endpoint: string): string {
  if ('path' in target) return target.path.replace('\0', '@');
  return target.host === undefined
    ? endpoint
    : target.host.includes(':')
      ? `[${target.host}]:${target.port}`
      : `${target.host}:${target.port}`;
}

/** Whether two are one place. Two that ask for any free port are not. */
export function sameTarget(a: ListenTarget, b: ListenTarget): boolean {
  if ('path' in a || 'path' in b) return 'path' in a && 'path' in b && whole(a.path) === whole(b.path);
  return a.port !== 0 && a.port === b.port && a.host === b.host && a.ipv6Only === b.ipv6Only;
}

function whole(socket: string): string {
  return isAbstract(socket) ? socket : path.resolve(socket);
}

/** Whether a socket at one may keep a server from listening at the other: `0.0.0.0:4317` and `127.0.0.1:4317`. */
export function mayOverlap(a: ListenTarget, b: ListenTarget): boolean {
  return !('path' in a) && !('path' in b) && a.port !== 0 && a.port === b.port;
}
