import { createHmac, randomBytes } from 'node:crypto';
import type { Htpasswd } from './htpasswd.js';

/** Credentials that were right and are remembered, so that a slow hash is not computed for every request. */
const mostRemembered = 1000;
/** Checks that may wait. A hash takes tens of milliseconds, so a longer queue would only spend time on guesses. */
const mostWaiting = 100;
/** Checks of one user that may wait or run: with fewer than all places, guesses at one name leave room for others. */
const mostPerUser = 10;
/** Bytes of UTF-8. The cost of some hashes grows with the password; bcrypt itself reads 72. */
const longestPassword = 1024;

/** Computes the hash of `password` as `hash` was made; resolves with whether they are the same. */
type Matches = (password: string, hash: string) => Promise<boolean>;

/** Checks names and passwords: one hash at a time, those that were right before without one. */
export class Verifier {
  readonly #users: () => Htpasswd;
  readonly #matches: Matches;
  readonly #key: Buffer = randomBytes(32);
  /** The oldest first. The stored hash is part of an entry, so one for a hash that was replaced is never found. */
  readonly #known: Set<string> = new Set();
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  /** Checks that wait or run, by the name given: the same for names that exist, so that a refusal reveals none. */
  readonly #byUser: Map<string, number> = new Map();

  constructor(users: () => Htpasswd, matches: Matches) {
    this.#users = users;
    this.#matches = matches;
  }

  /** Rejects when too many wait. */
  async verify(user: string, password: string): Promise<boolean> {
    if (Buffer.byteLength(password) > longestPassword) return false;
    const users = this.#users();
    const own = users.get(user);
    // For an unknown user another user's hash is computed, so that the time does not reveal which users exist.
    const hash = own ?? users.values().next().value ?? '';
    const entry = this.#entry(user, password, hash);
    if (own !== undefined && this.#known.has(entry)) return true;
    const right = await this.#inTurn(user, () => this.#matches(password, hash));
    if (!right || own === undefined) return false;
    this.#remember(entry);
    return true;
  }

  async #inTurn(user: string, check: () => Promise<boolean>): Promise<boolean> {
    const ofUser = this.#byUser.get(user) ?? 0;
    if (this.#waiting >= mostWaiting || ofUser >= mostPerUser)
      throw new Error('too many credentials are being checked');
    this.#waiting++;
    this.#byUser.set(user, ofUser + 1);
    const checked = this.#last.then(check);
    this.#last = checked.catch(() => {});
    try {
      return await checked;
    } finally {
      this.#waiting--;
      const left = (this.#byUser.get(user) ?? 1) - 1;
      if (left > 0) this.#byUser.set(user, left);
      else this.#byUser.delete(user);
    }
  }

  #remember(entry: string): void {
    this.#known.add(entry);
    for (const oldest of this.#known) {
      if (this.#known.size <= mostRemembered) return;
      this.#known.delete(oldest);
    }
  }

  /** A memory image of this process must not give passwords away to a fast hash. */
  #entry(user: string, password: string, hash: string): string {
    const parts = JSON.stringify([user, password, hash]);
    return createHmac('sha256', this.#key).update(parts).digest('base64');
  }
}
