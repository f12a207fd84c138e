import type { RequestContext } from '../component/consumer.js';
import { hostOfPeer } from '../component/peer-host.js';

/**
 * The value of a request's sender under a name of `from_context`; undefined when there is none. Several values
 * of a header are joined by `;`. A name without a prefix is that of a header.
 */
export function contextValue(name: string, { metadata, auth, peer }: RequestContext): string | undefined {
  const header = contextHeader(name);
  if (header === undefined)
    return name === 'client.address' ? peer && hostOfPeer(peer) : authText(auth?.get(name.slice('auth.'.length)));
  const values = metadata.get(header);
  return values === undefined || values.length === 0 ? undefined : values.join(';');
}

/** The header that a name of `from_context` stands for, in lower case; undefined for what is no header. */
export function contextHeader(name: string): string | undefined {
  if (name === 'client.address' || name.startsWith('auth.')) return undefined;
  return (name.startsWith('metadata.') ? name.slice('metadata.'.length) : name).toLowerCase();
}

function authText(found: unknown): string | undefined {
  if (typeof found === 'string') return found;
  const isTexts = Array.isArray(found) && found.length > 0 && found.every((value) => typeof value === 'string');
  return isTexts ? found.join(';') : undefined;
}
