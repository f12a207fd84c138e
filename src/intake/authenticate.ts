import type { ServerAuthenticator } from '../component/server-auth.js';
import { refuse, type Refused, type Unauthenticated } from './request-state.js';

/** A sender that an authenticator let in, or any sender where no authenticator is configured. */
export interface KnownSender {
  readonly step: 'known';
  readonly auth: ReadonlyMap<string, unknown> | undefined;
}

const anySender: KnownSender = { step: 'known', auth: undefined };

/** Authenticates the sender of a request. `fields` returns its header fields by lower-case name. Never rejects. */
export async function authenticate(
  authenticator: ServerAuthenticator | undefined,
  fields: () => ReadonlyMap<string, readonly string[]>,
): Promise<KnownSender | Refused<Unauthenticated>> {
  if (!authenticator) return anySender;
  try {
    return { step: 'known', auth: await authenticator.authenticate(fields()) };
  } catch (error) {
    return refuse({ kind: 'unauthenticated', error: error as Error });
  }
}
