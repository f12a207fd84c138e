import fs from 'node:fs';
import { isIP } from 'node:net';
import { dirname } from 'node:path';
import type { TextFault } from '../../component/config-value-error.js';
import { shownUrl } from '../../component/shown-url.js';
import type { ListenConfig } from '../options/server-common.js';
import { kindOfFile } from './unix-path.js';

/** An address to listen on, taken apart; without a host: every address of the machine. */
export interface ListenAddress {
  readonly host: string;
  /** 0: any port that is free. */
  readonly port: number;
}

/** Reads `host:port`, in Go's words for what is wrong with it. Names are not looked up. */
export function readListenAddress(endpoint: string, transport: string): ListenAddress | TextFault {
  if (endpoint === '') return { host: '', port: 0 };
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(endpoint)?.[0];
  const match = /^(?:\[([^\]]*)\]|([^:]*)):([^:]*)$/.exec(endpoint);
  if (!match || scheme !== undefined)
    return {
      message:
        `listen ${transport}: address ${shownUrl(endpoint)}: ` +
        (endpoint.includes(':') ? 'too many colons in address' : 'missing port in address'),
      hint:
        scheme === undefined
          ? 'Write host:port, such as localhost:4317 or 0.0.0.0:4317, and an IPv6 address in brackets: [::1]:4317.'
          : `Leave out ${JSON.stringify(scheme)}: an address to listen on is host:port. TLS is on with \`tls\`.`,
    };
  const port = match[3] === '' ? 0 : Number(match[3]);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    return {
      message: `listen ${transport}: lookup ${transport}/${match[3]}: unknown port`,
      hint: 'Give a port from 1 to 65535, or 0 for any that is free.',
    };
  const host = match[1] ?? match[2] ?? '';
  if ((/^\d+(?:\.\d+){3}$/.test(host) && isIP(host) === 0) || /[\s/]/.test(host))
    return {
      message: `listen ${transport}: lookup ${host}: no such host`,
      hint: 'Write host:port; each of the four numbers of an address is 255 at most.',
    };
  return { host, port };
}

/** A socket's path has this many bytes at most: Linux has no room for more. */
const longestPath = 107;

/** The reason why a server can't listen, if it can be known before; undefined: none. */
export function listenFault({
  endpoint,
  transport,
}: Pick<ListenConfig, 'endpoint' | 'transport'>): TextFault | undefined {
  if (transport === 'unix') return unixFault(endpoint);
  const address = readListenAddress(endpoint, transport);
  return 'message' in address ? address : undefined;
}

function unixFault(path: string): TextFault | undefined {
  if (path === '') return { message: 'listen unix: the path is empty', hint: 'Give the path of the socket.' };
  // The name of an abstract socket is in no folder.
  if (path.startsWith('@')) return undefined;
  if (Buffer.byteLength(path) > longestPath)
    return {
      message: `listen unix ${path}: bind: invalid argument: the path is longer than ${longestPath} bytes`,
      hint: 'Choose a shorter path.',
    };
  if (!fs.existsSync(dirname(path)))
    return {
      message: `listen unix ${path}: bind: no such file or directory`,
      hint: `Create the folder ${dirname(path)}, or choose a path in one that is there.`,
    };
  const there = fs.lstatSync(path, { throwIfNoEntry: false });
  return there && !there.isSocket()
    ? {
        message: `listen unix ${path}: bind: address already in use: it is ${kindOfFile(there)}, and no socket`,
        hint: 'Remove it, or use another path.',
      }
    : undefined;
}
