import type { Host } from '../../component/lifecycle.js';
import { isClientAuthenticator, type ClientAuthenticator } from '../../component/client-auth.js';
import { group, list, section, text, type Schema } from '../../component/schema/schema.js';

export interface AuthConfig {
  readonly authenticator: string;
}

export interface MiddlewareConfig {
  readonly id: string;
}

export function clientAuth(): Schema<AuthConfig | undefined> {
  return section<AuthConfig>(group<AuthConfig>({ authenticator: text('', { about: 'Extension that signs each request.' }) }), {
    absent: 'off',
  });
}

export function middlewares(): Schema<readonly MiddlewareConfig[]> {
  return list(group<MiddlewareConfig>({ id: text('', { about: 'Extension.' }) }), [], { about: 'Extensions that see each request.' });
}

/** The extension that signs requests. Throws `failed to resolve authenticator "x": ...` at start. */
export function resolveAuth(config: AuthConfig | undefined, host: Host): ClientAuthenticator | undefined {
  if (config === undefined) return undefined;
  const name = JSON.stringify(config.authenticator);
  const extension = host.extension(config.authenticator);
  if (extension === undefined) throw new Error(`failed to resolve authenticator ${name}: authenticator not found`);
  if (!isClientAuthenticator(extension))
    throw new Error(`failed to resolve authenticator ${name}: requested authenticator is not a client authenticator`);
  return extension;
}

/** No extension stands before the requests of a client yet, so that naming one is an error at start. */
export function refuseMiddlewares(list: readonly MiddlewareConfig[], host: Host): void {
  for (const { id } of list) {
    const known = host.extension(id) !== undefined;
    throw new Error(
      `failed to resolve middleware ${JSON.stringify(id)}: ${known ? 'requested extension is not a client middleware' : 'middleware not found'}`,
    );
  }
}
