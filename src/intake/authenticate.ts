import type { ServerAuthenticator } from '../component/server-auth.js';
import { refused, type Refused, type Unauthenticated } from './request-state.js';

/** The sender is known, or no authenticator is configured. */
export interface Known {
  readonly step: 'known';
  readonly auth: ReadonlyMap<string, unknown> | undefined;
}

const anybody: Known = { step: 'known', auth: undefined };

/** Asks an authenticator for the sender of a request. `fields` has its header fields by lower-case name. Never rejects. */
export async function authenticate(
  authenticator: ServerAuthenticator | undefined,
  fields: () => ReadonlyMap<string, readonly string[]>,
): Promise<Known | Refused<Unauthenticated>> {
  if (!authenticator) return anybody;
  try {
    return { step: 'known', auth: await authenticator.authenticate(fields()) };
  } catch (error) {
    return refused({ kind: 'unauthenticated', error: error as Error });
  }
}
