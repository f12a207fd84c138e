import { createHash } from 'node:crypto';
import { digest, isOneOf } from '../../net/credentials/same-secret.js';

/** Users and their hashes. */
export type Htpasswd = ReadonlyMap<string, string>;

/** Reads `user:hash` lines; the last of a user counts. Throws which line is wrong, never what is in it. */
export function parseHtpasswd(text: string): Htpasswd {
  const users = new Map<string, string>();
  for (const [i, line] of text.split('\n').entries()) {
    const entry = line.trim();
    if (entry === '' || entry.startsWith('#')) continue;
    const colon = entry.indexOf(':');
    if (colon <= 0 || colon === entry.length - 1) throw new Error(`htpasswd line ${i + 1} is not user:hash`);
    const hash = entry.slice(colon + 1);
    if (/^\$[56]\$/.test(hash))
      throw new Error(`htpasswd line ${i + 1}: SHA-crypt hashes are not supported; use bcrypt (htpasswd -B)`);
    users.set(entry.slice(0, colon), hash);
  }
  return users;
}

/** Whether a password belongs to a hash that takes microseconds: SHA-1 with or without salt, or plain text. */
export function matchesCheap(password: string, hash: string): boolean {
  if (hash.startsWith('{SHA}')) return same(`{SHA}${createHash('sha1').update(password).digest('base64')}`, hash);
  if (hash.startsWith('{SSHA}')) {
    const salt = Buffer.from(hash.slice(6), 'base64').subarray(20);
    const whole = Buffer.concat([createHash('sha1').update(password).update(salt).digest(), salt]);
    return same(`{SSHA}${whole.toString('base64')}`, hash);
  }
  return same(password, hash);
}

function same(given: string, known: string): boolean {
  return isOneOf(given, [digest(known)]);
}
