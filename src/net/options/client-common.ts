import type { Host } from '../../component/lifecycle.js';
import type { ClientAuthenticator } from '../../component/client-auth.js';
import { extensionId, group, list, section, type Schema } from '../../component/schema/schema.js';

export interface AuthConfig {
  readonly authenticator: string;
}

export interface MiddlewareConfig {
  readonly id: string;
}

export function clientAuth(): Schema<AuthConfig | undefined> {
  const authenticator = extensionId('client_auth', { about: 'Extension that signs each request.' });
  return section<AuthConfig>(group<AuthConfig>({ authenticator }), { absent: 'off' });
}

/** The extensions that see each request of a server or of a client. */
export function middlewares(of: 'server_middleware' | 'client_middleware'): Schema<readonly MiddlewareConfig[]> {
  const id = extensionId(of, { about: 'Extension.' });
  return list(group<MiddlewareConfig>({ id }), [], { about: 'Extensions that see each request.' });
}

/** The extension that signs requests. Throws `failed to resolve authenticator "x": ...` at start. */
export function resolveAuth(config: AuthConfig | undefined, host: Host): ClientAuthenticator | undefined {
  return config && host.capability('client_auth', config.authenticator);
}

/** No extension stands before the requests of a client yet, so that naming one is an error at start. */
export function refuseMiddlewares(list: readonly MiddlewareConfig[], host: Host): void {
  for (const { id } of list) host.capability('client_middleware', id);
}
