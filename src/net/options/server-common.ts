import type { Host } from '../../component/lifecycle.js';
import { choice, extensionId, group, section, text, type Schema } from '../../component/schema/schema.js';
import type { ServerAuthenticator } from '../../component/server-auth.js';
import type { ServerMiddleware } from '../../component/server-middleware.js';
import { inUse, type ListeningPlace } from '../../component/schema/in-use.js';
import { shownUrl } from '../../component/shown-url.js';
import { listenFault, readListenAddress } from '../listening/listen-fault.js';
import type { MiddlewareConfig } from './client-common.js';

/** Where a server listens (docs/spec/core.md#network-address). */
export interface ListenConfig {
  readonly endpoint: string;
  readonly transport: 'tcp' | 'tcp4' | 'tcp6' | 'unix';
  readonly dialer: { readonly timeout: string };
}

const transports = ['tcp', 'tcp4', 'tcp6', 'unix'] as const;

/** `listens` says whether a server does, by the options beside the endpoint; default always. */
export function listenShape(
  endpoint: string,
  listens: (beside: Readonly<Record<string, unknown>>) => boolean = () => true,
): { readonly [K in keyof ListenConfig]-?: Schema<ListenConfig[K]> } {
  return {
    endpoint: inUse(
      text(endpoint, {
        about:
          'Where to listen: `host:port`, or the path of a socket with `transport: unix` (`@name`: no file, Linux).',
      }),
      (value, { beside, report, warnHere, listens: claim }) => {
        const transport = transportOf(beside['transport']);
        const fault = listenFault({ endpoint: value, transport });
        if (fault) return report(fault.message, [], fault.at, fault.hint);
        const taken = listens(beside) ? claim(listeningPlace(value, transport)) : undefined;
        // A warning, since the Collector takes such a configuration; the second server to start then ends the program.
        if (taken !== undefined)
          warnHere(
            `listens at ${shownUrl(value)}, where ${taken} listens: the start will fail`,
            'Give each server a place of its own, or leave one of the two out.',
          );
      },
    ),
    transport: choice(
      transports,
      'tcp',
      { about: 'Kind of socket.' },
      (value) => `invalid transport type ${JSON.stringify(value)}`,
    ),
    dialer: group({ timeout: text('0s', { about: 'Has no meaning for a server.' }) }),
  };
}

/** `endpoint` must be without fault. */
function listeningPlace(endpoint: string, transport: ListenConfig['transport']): ListeningPlace {
  const read = transport === 'unix' ? undefined : readListenAddress(endpoint, transport);
  return read && !('message' in read) ? { transport, ...read } : { transport, host: endpoint, port: 0 };
}

/** An extension that has no such option listens on TCP. */
function transportOf(given: unknown): ListenConfig['transport'] {
  return transports.find((known) => known === given) ?? 'tcp';
}

/** The extension that checks senders. Throws `failed to resolve authenticator "x": ...` at start. */
export function resolveServerAuth(authenticator: string | undefined, host: Host): ServerAuthenticator | undefined {
  return authenticator === undefined ? undefined : host.capability('server_auth', authenticator);
}

export interface ServerAuthConfig {
  readonly authenticator: string;
}

export function serverAuth(): Schema<ServerAuthConfig | undefined> {
  return section<ServerAuthConfig>(group<ServerAuthConfig>({ authenticator: authenticatorId() }), {
    absent: 'off',
    empty: 'off',
  });
}

export function authenticatorId(): Schema<string> {
  return extensionId('server_auth', { about: 'Extension that authenticates the sender.' });
}

/**
 * The extensions that stand before a server's requests, the outermost first. Throws `failed to resolve middleware "x":
 * ...` at start.
 */
export function resolveServerMiddlewares(list: readonly MiddlewareConfig[], host: Host): readonly ServerMiddleware[] {
  return list.map(({ id }) => host.capability('server_middleware', id));
}
