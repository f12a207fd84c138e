import net from 'node:net';
import type { Address } from '../http2/client.js';
import { osPath } from '../listening/address.js';
import { names } from '../lookup.js';

/** The meaning of a configured endpoint for gRPC (docs/spec/core.md#grpc-client). */
export interface Target {
  /** `:authority` and TLS name. */
  readonly authority: string;
  /** True when `https://` asks for TLS even where `insecure` stands. */
  readonly forceTls: boolean;
  /** All addresses of the name at this moment. */
  resolve(): Promise<readonly Address[]>;
  /** False for an IP address or a socket: asking again cannot change it. */
  readonly changes: boolean;
}

/** Reads `host:port`, `http(s)://host:port`, `dns:///h:p`, `passthrough:///h:p`, `unix:path` and `unix:///path`. */
export function parseTarget(endpoint: string): Target {
  const unix = /^unix:(?:\/\/)?(.+)$/.exec(endpoint);
  if (unix?.[1]) {
    const path = osPath(unix[1]);
    return { authority: 'localhost', forceTls: false, changes: false, resolve: () => Promise.resolve([{ path }]) };
  }
  const forceTls = endpoint.startsWith('https://');
  const address = endpoint.replace(/^https?:\/\//, '').replace(/^(?:dns|passthrough):(?:\/\/[^/]*\/)?/, '');
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  const port = Number(address.slice(colon + 1));
  const name = host === '' ? 'localhost' : host;
  if (net.isIP(name) !== 0)
    return { authority: address, forceTls, changes: false, resolve: () => Promise.resolve([{ host: name, port }]) };
  return {
    authority: host === '' ? `localhost:${port}` : address,
    forceTls,
    changes: true,
    async resolve() {
      const found = await names.find(name);
      return found.map(({ address: ip }) => ({ host: ip, port }));
    },
  };
}
