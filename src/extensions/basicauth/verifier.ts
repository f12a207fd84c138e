import { digest } from '../../net/credentials/same-secret.js';
import { matches, type Htpasswd } from './htpasswd.js';

/** How many credentials that were right are remembered, so that a slow hash is not computed for every request. */
const remembered = 1000;
/**
 * How many may wait to be checked. A hash takes tens of milliseconds, so a longer queue would only spend time on
 * guesses.
 */
const mostWaiting = 100;

/** Checks names and passwords, one at a time. */
export class Verifier {
  readonly #users: () => Htpasswd;
  #known: Set<string> = new Set();
  #knownFor: Htpasswd | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(users: () => Htpasswd) {
    this.#users = users;
  }

  /** Rejects when too many wait. */
  async verify(user: string, password: string): Promise<boolean> {
    const users = this.#users();
    if (users !== this.#knownFor) {
      this.#known = new Set();
      this.#knownFor = users;
    }
    const known = this.#known;
    const key = digest(`${user}:${password}`).toString('latin1');
    if (known.has(key)) return true;
    if (this.#waiting >= mostWaiting) throw new Error('too many credentials are being checked');
    this.#waiting++;
    // For an unknown user another user's hash is computed, so that the time does not reveal which users exist.
    const hash = users.get(user) ?? users.values().next().value ?? '';
    const check = this.#last.then(() => matches(password, hash));
    this.#last = check.catch(() => {});
    try {
      const right = (await check) && users.has(user);
      if (right) {
        if (known.size >= remembered) known.clear();
        known.add(key);
      }
      return right;
    } finally {
      this.#waiting--;
    }
  }
}
