import type { ClientAuthenticator } from './client-auth.js';
import type { LeaderElection } from './leader-election.js';
import type { ServerAuthenticator } from './server-auth.js';
import type { ServerMiddleware } from './server-middleware.js';
import type { Storage } from './storage.js';

/** The capabilities that an extension can offer to other components, by the name in `provides` of its definition. */
export interface Capabilities {
  readonly server_auth: ServerAuthenticator;
  readonly client_auth: ClientAuthenticator;
  readonly server_middleware: ServerMiddleware;
  /** No extension can stand before the requests of a client, so that naming one is always an error. */
  readonly client_middleware: never;
  readonly storage: Storage;
  readonly leader_election: LeaderElection;
}

export type Capability = keyof Capabilities;

/** The implementations of some capabilities. */
export type Offers<P extends Capability> = { readonly [K in P]: Capabilities[K] };

interface Words {
  /** The capability that a component looks for: `failed to resolve <role> "x"`. */
  readonly role: string;
  /** No extension of that ID runs. */
  readonly missing: string;
  /** It runs, and offers something else. */
  readonly wrong: string;
}

/** The Collector's words of each capability, for errors. */
export const capabilityWords: Readonly<Record<Capability, Words>> = {
  server_auth: {
    role: 'authenticator',
    missing: 'authenticator not found',
    wrong: 'requested authenticator is not a server authenticator',
  },
  client_auth: {
    role: 'authenticator',
    missing: 'authenticator not found',
    wrong: 'requested authenticator is not a client authenticator',
  },
  server_middleware: {
    role: 'middleware',
    missing: 'middleware not found',
    wrong: 'requested extension is not a server middleware',
  },
  client_middleware: {
    role: 'middleware',
    missing: 'middleware not found',
    wrong: 'requested extension is not a client middleware',
  },
  storage: {
    role: 'storage',
    missing: 'no storage client extension found',
    wrong: 'requested extension is not a storage extension',
  },
  leader_election: {
    role: 'leader elector',
    missing: 'unknown k8s leader elector',
    wrong: 'requested extension is not a leader elector',
  },
};

export const capabilities: readonly Capability[] = Object.keys(capabilityWords) as Capability[];

/** `failed to resolve authenticator "x": authenticator not found`. */
export function unresolved(capability: Capability, id: string, why: 'missing' | 'wrong'): string {
  const words = capabilityWords[capability];
  return `failed to resolve ${words.role} ${JSON.stringify(id)}: ${words[why]}`;
}

/**
 * The implementation of `capability` that the extension `id` offers. Throws `unresolved` when there is none, or when it
 * offers something else.
 */
export function offered<K extends Capability>(
  capability: K,
  id: string,
  extension: { readonly offers?: Partial<Offers<Capability>> } | undefined,
): Capabilities[K] {
  if (!extension) throw new Error(unresolved(capability, id, 'missing'));
  const offer = extension.offers?.[capability];
  if (offer === undefined) throw new Error(unresolved(capability, id, 'wrong'));
  return offer;
}
