import type { Host } from '../../component/lifecycle.js';
import { choice, extensionId, group, section, text, type Schema } from '../../component/schema/schema.js';
import type { ServerAuthenticator } from '../../component/server-auth.js';
import type { ServerMiddleware } from '../../component/server-middleware.js';
import type { MiddlewareConfig } from './client-common.js';

/** Where a server listens (docs/spec/core.md#network-address). */
export interface ListenConfig {
  readonly endpoint: string;
  readonly transport: 'tcp' | 'tcp4' | 'tcp6' | 'unix';
  readonly dialer: { readonly timeout: string };
}

const transports = ['tcp', 'tcp4', 'tcp6', 'unix'] as const;

export function listenShape(endpoint: string): { readonly [K in keyof ListenConfig]-?: Schema<ListenConfig[K]> } {
  return {
    endpoint: text(endpoint, {
      about: 'Where to listen: `host:port`, or the path of a socket with `transport: unix`.',
    }),
    transport: choice(
      transports,
      'tcp',
      { about: 'Kind of socket.' },
      (value) => `invalid transport type ${JSON.stringify(value)}`,
    ),
    dialer: group({ timeout: text('0s', { about: 'Has no meaning for a server.' }) }),
  };
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
