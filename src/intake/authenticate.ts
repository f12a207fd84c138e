import { DeliveryError } from '../component/delivery-error.js';
import type { ServerAuthenticator } from '../component/server-auth.js';
import { refuse, type NotAuthenticated, type Refused } from './request-state.js';

/** A sender that an authenticator let in, or any sender where no authenticator is configured. */
export interface KnownSender {
  readonly step: 'known';
  readonly auth: ReadonlyMap<string, unknown> | undefined;
}

const anySender: KnownSender = { step: 'known', auth: undefined };

/** Authenticates the sender of a request. `ask` presents the request to the authenticator. Never rejects. */
export async function authenticate(
  authenticator: ServerAuthenticator | undefined,
  ask: (authenticator: ServerAuthenticator) => Promise<ReadonlyMap<string, unknown>>,
): Promise<KnownSender | Refused<NotAuthenticated>> {
  if (!authenticator) return anySender;
  try {
    return { step: 'known', auth: await ask(authenticator) };
  } catch (error) {
    if (error instanceof DeliveryError && error.local) return refuse({ kind: 'not_authenticated_now', error });
    return refuse({ kind: 'unauthenticated', error: error as Error });
  }
}
