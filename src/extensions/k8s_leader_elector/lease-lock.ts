import type { CancelSignal } from '../../component/cancellation.js';
import type { Clock } from '../../component/clock.js';
import type { ApiClient } from '../../kubernetes/api-client.js';
import { ApiError } from '../../kubernetes/api-error.js';
import type { ApiJson } from '../../kubernetes/json.js';
import { leases } from '../../kubernetes/resource.js';
import { microTime, newLease, readLease, withRecord, type LeaseRecord } from './lease-record.js';

export interface LeaseLockOptions {
  readonly client: Pick<ApiClient, 'object' | 'create' | 'replace'>;
  readonly clock: Clock;
  readonly namespace: string;
  readonly name: string;
  /** This process; no other one has the same. */
  readonly identity: string;
  readonly durationMs: number;
}

/** `raced`: another process has changed the lease at the same time. */
export type LeaseHolding = 'held' | 'taken' | 'raced';

/**
 * A Lease as a lock between processes. It is replaced only as it was read, so that of several who try at once one
 * succeeds. Whether its holder has stopped to renew it is judged by when it was last seen to change, on the clock of
 * this process: the clocks of others do not matter.
 */
export class LeaseLock {
  readonly #options: LeaseLockOptions;
  /** The last record that was seen, as text, and when it was first seen, clock milliseconds. */
  #seen = '';
  #seenAt = 0;
  #holder = '';

  constructor(options: LeaseLockOptions) {
    this.#options = options;
  }

  /** The holder that was seen last; '' for none. */
  get holder(): string {
    return this.#holder;
  }

  /** Takes the lease or renews it. Rejects when the API cannot be used. */
  async hold(signal: CancelSignal): Promise<LeaseHolding> {
    const { client, namespace, name, identity, clock } = this.#options;
    const object = await client.object(leases, namespace, name, signal);
    const now = microTime(clock.unixMs());
    const fresh = { holder: identity, durationSeconds: this.#seconds, acquired: now, renewed: now, transitions: 0 };
    if (object === undefined)
      return this.#written(() => client.create(leases, namespace, newLease(namespace, name, fresh), signal));
    const record = this.#observe(object);
    const isOwn = record.holder === identity;
    if (!isOwn && record.holder !== '' && this.#isValid(record)) return 'taken';
    const next: LeaseRecord = {
      ...fresh,
      acquired: isOwn ? record.acquired : now,
      transitions: isOwn ? record.transitions : record.transitions + 1,
    };
    return this.#written(() => client.replace(leases, namespace, name, withRecord(object, next), signal));
  }

  /** Gives the lease back, if this process holds it: another one can take it at once. Rejects as `hold` does. */
  async release(signal: CancelSignal): Promise<void> {
    const { client, namespace, name, identity, clock } = this.#options;
    const object = await client.object(leases, namespace, name, signal);
    const record = object === undefined ? undefined : this.#observe(object);
    if (record?.holder !== identity) return;
    const now = microTime(clock.unixMs());
    const free: LeaseRecord = { ...record, holder: '', durationSeconds: 1, acquired: now, renewed: now };
    await this.#written(() => client.replace(leases, namespace, name, withRecord(object, free), signal));
  }

  async #written(write: () => Promise<ApiJson>): Promise<LeaseHolding> {
    try {
      this.#observe(await write());
      return 'held';
    } catch (error) {
      if (error instanceof ApiError && error.failure === 'conflict') return 'raced';
      throw error;
    }
  }

  #observe(object: ApiJson): LeaseRecord {
    const record = readLease(object);
    const text = JSON.stringify(record);
    if (text !== this.#seen) {
      this.#seen = text;
      this.#seenAt = this.#options.clock.now();
    }
    this.#holder = record.holder;
    return record;
  }

  #isValid({ durationSeconds }: LeaseRecord): boolean {
    return this.#seenAt + durationSeconds * 1000 > this.#options.clock.now();
  }

  get #seconds(): number {
    return Math.ceil(this.#options.durationMs / 1000);
  }
}
