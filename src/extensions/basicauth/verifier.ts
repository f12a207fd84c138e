import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../component/clock.js';
import { DeliveryError } from '../../component/delivery-error.js';
import { isCostly } from './costly-hash.js';
import { matchesCheap, type Htpasswd } from './htpasswd.js';
import { networkOf } from './peer-network.js';
import { PeerQueue } from './peer-queue.js';

/** Checks that may wait. A hash takes tens of milliseconds, so a longer queue would only spend time on guesses. */
const mostWaiting = 100;
/** Bytes of UTF-8. The cost of some hashes grows with the password; bcrypt itself reads 72. */
const longestPassword = 1024;

/** Compares a password with a costly hash. */
type Matches = (password: string, hash: string) => Promise<boolean>;

/** A user and password that are compared with a costly hash. */
interface Check {
  readonly peer: string;
  readonly user: string;
  readonly password: string;
  readonly hash: string;
  /** Whether `hash` is the user's own. */
  readonly exists: boolean;
  readonly proof: Buffer;
  readonly answer: Promise<boolean>;
  readonly resolve: (right: boolean) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Checks names and passwords. Those that were right before are let in at once; of the others one costly hash is
 * computed at a time, fairly between the networks that they come from.
 */
export class Verifier {
  readonly #users: () => Htpasswd;
  readonly #matches: Matches;
  readonly #key: Buffer = randomBytes(32);
  /** The proof of what was right, by user. The stored hash is part of it, so that one of an older hash is no proof. */
  readonly #known: Map<string, Buffer> = new Map();
  readonly #queue: PeerQueue<Check>;
  /** Those that wait or run. The requests that a sender has begun with the same credentials need one hash together. */
  readonly #pending: Map<string, Check> = new Map();
  #running = false;

  constructor(users: () => Htpasswd, matches: Matches, clock: Clock) {
    this.#users = users;
    this.#matches = matches;
    this.#queue = new PeerQueue(mostWaiting, clock);
  }

  /** `peer` is the sender's `host:port`. Rejects with a local `DeliveryError` when it cannot be checked now. */
  async verify(user: string, password: string, peer: string): Promise<boolean> {
    if (Buffer.byteLength(password) > longestPassword) return false;
    const users = this.#users();
    const own = users.get(user);
    // For an unknown user another user's hash is computed, so that the time does not reveal which users exist.
    const hash = own ?? users.values().next().value ?? '';
    const exists = own !== undefined;
    if (!isCostly(hash)) return matchesCheap(password, hash) && exists;
    const proof = this.#proof(user, password, hash);
    if (exists && this.#isKnown(user, proof)) return true;
    return this.#inTurn({ peer: networkOf(peer), user, password, hash, exists, proof });
  }

  #inTurn(asked: Omit<Check, 'answer' | 'resolve' | 'reject'>): Promise<boolean> {
    const key = keyOf(asked);
    const same = this.#pending.get(key);
    if (same) return same.answer;
    let [resolve, reject]: [Check['resolve'], Check['reject']] = [() => {}, () => {}];
    const answer = new Promise<boolean>((...both) => ([resolve, reject] = both));
    const check: Check = { ...asked, answer, resolve, reject };
    this.#pending.set(key, check);
    const displaced = this.#queue.add(check);
    if (displaced) this.#settle(displaced, notNow('too many credentials are being checked'));
    void this.#run();
    return answer;
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    for (let check = this.#queue.next(); check; check = this.#queue.next()) await this.#compute(check);
    this.#running = false;
  }

  async #compute(check: Check): Promise<void> {
    const { peer, user, password, hash, exists, proof } = check;
    try {
      const right = (await this.#matches(password, hash)) && exists;
      this.#settle(check, right);
      if (!right) return this.#queue.doubt(peer);
      this.#remember(user, proof);
      for (const other of this.#queue.takeAll((waiting) => waiting.proof.equals(proof))) this.#settle(other, true);
    } catch {
      this.#settle(check, notNow('credentials cannot be checked now'));
    }
  }

  #settle(check: Check, answer: boolean | DeliveryError): void {
    this.#pending.delete(keyOf(check));
    if (typeof answer === 'boolean') check.resolve(answer);
    else check.reject(answer);
  }

  #isKnown(user: string, proof: Buffer): boolean {
    const known = this.#known.get(user);
    return known !== undefined && timingSafeEqual(known, proof);
  }

  #remember(user: string, proof: Buffer): void {
    this.#known.set(user, proof);
    const users = this.#users();
    if (this.#known.size <= users.size) return;
    for (const name of this.#known.keys()) if (!users.has(name)) this.#known.delete(name);
  }

  /** A memory image of this process must not give passwords away to a fast hash. */
  #proof(user: string, password: string, hash: string): Buffer {
    const parts = JSON.stringify([user, password, hash]);
    return createHmac('sha256', this.#key).update(parts).digest();
  }
}

function keyOf({ peer, proof }: Pick<Check, 'peer' | 'proof'>): string {
  return `${peer} ${proof.toString('base64')}`;
}

function notNow(message: string): DeliveryError {
  return new DeliveryError(message, { class: 'retryable', reason: 'credentials_not_checked', local: true });
}
