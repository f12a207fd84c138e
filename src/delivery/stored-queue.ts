import type { RequestContext } from '../component/consumer.js';
import { DeliveryError, type Failure } from '../component/delivery-error.js';
import { metadataBytes } from '../component/metadata-size.js';
import type { NoRoom } from '../component/reservation.js';
import { StorageError, type StorageClient } from '../component/storage.js';
import type { Logger } from '../component/telemetry.js';
import type { Batch } from '../otlp/batch.js';
import { merge } from '../otlp/parts/merge.js';
import { collectorSize } from '../otlp/parts/collector-size.js';
import type { Signal } from '../otlp/signal.js';
import { QueueAdmission, type Granted } from './queue-admission.js';
import { Entry } from './entry.js';
import { QueueAge } from './queue-age.js';
import type { Outlet, QueueOptions } from './queue.js';
import { sizeOf } from './size-of.js';
import { decodeKey, decodeRequest, encodeKey, encodeRequest, type StoredKey } from './stored-value.js';

/** Bytes of requests that are in memory before an export asks for them, unless one alone has more. */
const mostAhead = 8 << 20;
/** The pause before a request is read once more that could not be, milliseconds. */
const readAgainMs = 1000;

export interface StoredQueueOptions extends QueueOptions {
  readonly signal: Signal;
  readonly logger: Logger;
  /** Requests in memory before an export asks for them. */
  readonly ahead: number;
  /** There may be something to take. */
  ready(): void;
  /** Items were there when the queue was opened. */
  restored(items: number): void;
  /** Items can't be read any more. */
  lost(items: number): void;
  /** Whether a failure leaves its items in the storage. */
  keeps(error: DeliveryError): boolean;
}

/** A stored request that was asked for, in its place among the others. */
interface Ahead {
  readonly key: StoredKey;
  readonly bytes: number;
  /** Undefined while it is read. */
  entry: Entry | undefined;
}

/**
 * The requests that an exporter has accepted, in a storage, first in first out: a request is accepted once the storage
 * has it, and leaves the storage when it is settled. In memory are those that are being exported, a few that come next,
 * and the keys of the others.
 */
export class StoredQueue implements Outlet {
  readonly #options: StoredQueueOptions;
  readonly #admission: QueueAdmission;
  readonly #age: QueueAge;
  #client: StorageClient | undefined;
  #nextNumber = 1;
  /** Those of which nothing is in memory, from `#head` on. */
  #stored: StoredKey[] = [];
  #head = 0;
  #ahead: Ahead[] = [];
  #aheadBytes = 0;
  readonly #writes: Set<Promise<unknown>> = new Set();
  #closed = false;
  #stopWaiting: (() => void) | undefined;
  #storedItems = 0;

  constructor(options: StoredQueueOptions) {
    this.#options = options;
    this.#admission = new QueueAdmission(options);
    this.#age = new QueueAge(options.clock);
  }

  get size(): number {
    return this.#admission.size;
  }

  get bytes(): number {
    return this.#admission.bytes;
  }

  /** Of the oldest request that is not settled; one of an earlier process counts from the begin of this one. */
  get ageSeconds(): number {
    return this.#age.seconds;
  }

  /** Items that are in the storage, whether they are being exported or not. */
  get storedItems(): number {
    return this.#storedItems;
  }

  /** Stored batches stay when the queue is closed. */
  get empty(): boolean {
    if (this.#closed) return true;
    return this.#ahead.length === 0 && this.#head === this.#stored.length && !this.#admission.blocks;
  }

  /** Takes over what the storage has. Rejects when it can't be read. */
  async open(client: StorageClient): Promise<void> {
    const found: StoredKey[] = [];
    for (const text of await client.keys()) {
      const key = decodeKey(text);
      if (key) found.push(key);
      else this.#options.logger.warn('The storage has something that is no request', { key: text });
    }
    found.sort((a, b) => a.number - b.number);
    this.#client = client;
    this.#stored = found;
    this.#nextNumber = (found.at(-1)?.number ?? 0) + 1;
    let items = 0;
    for (const key of found) {
      items += key.items;
      this.#age.enter(key);
      this.#admission.restore(this.#sizeOf(key));
    }
    this.#storedItems = items;
    if (items > 0) this.#options.restored(items);
    this.#options.ready();
  }

  /**
   * Stores a request. `admitted` runs when the storage has it. Rejects with a `DeliveryError` when there is no room in
   * the queue or in the storage. The other parameters are those of `MemoryQueue.offer`.
   */
  async offer(
    batch: Batch,
    sender: RequestContext,
    context: RequestContext,
    admitted: () => void,
    room: Granted | number,
  ): Promise<void> {
    const reserved = typeof room !== 'number';
    const size = reserved ? room.size : sizeOf(batch, this.#options.sizer);
    const bytes = reserved ? room.bytes : batch.ownSize + room;
    let stored: Promise<StoredKey> | undefined;
    const add = (): void => void (stored = this.#put(batch, context));
    if (reserved) add();
    else await this.#admission.enter(size, bytes, sender, add);
    let key: StoredKey;
    try {
      if (!stored) throw new Error('the request was not stored');
      key = await stored;
    } catch (error) {
      this.#admission.release(size, bytes);
      throw refusal(error);
    }
    this.#storedItems += key.items;
    this.#age.enter(key);
    admitted();
    if (!this.#closed && this.#head === this.#stored.length && this.#hasRoomAhead(bytes)) {
      // An exporter that keeps up reads nothing.
      this.#aheadBytes += bytes;
      const entry = this.#entry(key, batch.own(), context, bytes);
      this.#ahead.push({ key, bytes, entry });
    } else {
      this.#stored.push(key);
      this.#admission.release(0, bytes);
    }
    this.#options.ready();
  }

  reserve(batch: Batch, beside: number): Granted | Omit<NoRoom, 'refuse'> {
    return this.#admission.reserve(sizeOf(batch, this.#options.sizer), batch.ownSize + beside);
  }

  withdraw(room: Granted): void {
    this.#admission.withdraw(room);
  }

  next(): Entry | undefined {
    if (this.#closed) return undefined;
    const first = this.#ahead[0];
    if (!first?.entry) {
      this.#readAhead();
      return undefined;
    }
    this.#ahead.shift();
    this.#aheadBytes -= first.bytes;
    this.#readAhead();
    return first.entry;
  }

  /** Accepts nothing more, and nothing more is taken; with `error` also refuses the senders that wait for room. */
  close(error?: DeliveryError): void {
    this.#closed = true;
    this.#admission.close(error ?? stopped());
    this.#stopWaiting?.();
    this.#stopWaiting = undefined;
  }

  /** Waits for the storage, and closes it. Batches in memory that are not settled are in the storage all the same. */
  async end(): Promise<void> {
    for (const { entry } of this.#ahead.splice(0)) if (entry) this.#admission.release(0, entry.bytes);
    while (this.#writes.size > 0) await Promise.all(this.#writes);
    await this.#client?.close();
  }

  #put(batch: Batch, context: RequestContext): Promise<StoredKey> {
    const client = this.#client;
    if (!client) return Promise.reject(new StorageError('closed', 'the queue is not open yet'));
    const key = { number: this.#nextNumber++, items: batch.itemCount, bytes: collectorSize(batch) };
    return this.#pending(client.set(encodeKey(key), encodeRequest(batch, context)).then(() => key));
  }

  #hasRoomAhead(bytes: number): boolean {
    if (this.#ahead.length === 0) return true;
    return this.#ahead.length < this.#options.ahead && this.#aheadBytes + bytes <= mostAhead;
  }

  /** Begins to read requests that come next. */
  #readAhead(): void {
    while (!this.#closed && this.#stopWaiting === undefined) {
      const key = this.#stored[this.#head];
      if (!key || !this.#hasRoomAhead(key.bytes)) return;
      // Memory is waited for, unless nothing of this queue would give any back.
      if (this.#admission.bytes > 0 && !this.#options.budget.fits(key.bytes)) {
        this.#stopWaiting = this.#options.budget.onceReleased(() => this.#goOn());
        return;
      }
      this.#head++;
      if (this.#head === this.#stored.length || this.#head > 1024) {
        this.#stored.splice(0, this.#head);
        this.#head = 0;
      }
      const ahead: Ahead = { key, bytes: key.bytes, entry: undefined };
      this.#ahead.push(ahead);
      this.#aheadBytes += key.bytes;
      void this.#pending(this.#load(ahead));
    }
  }

  #goOn(): void {
    this.#stopWaiting = undefined;
    this.#readAhead();
  }

  async #load(ahead: Ahead): Promise<void> {
    const { key } = ahead;
    const { signal, logger, clock, ready } = this.#options;
    try {
      const value = await this.#client?.get(encodeKey(key));
      if (!value) throw new StorageError('damaged', 'it is not there any more');
      const { batch, context } = decodeRequest(value, signal, key.items);
      const bytes = batch.ownSize + metadataBytes(context.metadata);
      const taken = this.#admission.takeBytes(bytes) ? bytes : 0;
      ahead.entry = this.#entry(key, batch, context, taken);
    } catch (error) {
      if (this.#closed) return;
      this.#ahead = this.#ahead.filter((each) => each !== ahead);
      this.#aheadBytes -= ahead.bytes;
      if (error instanceof StorageError && error.failure === 'io') {
        logger.warn('A stored request could not be read, and is read again', { error });
        this.#stored.splice(this.#head, 0, key);
        this.#stopWaiting ??= clock.after(readAgainMs, () => this.#goOn());
        return;
      }
      logger.error('A stored request is lost: it can not be read', { error, lost_items: key.items });
      this.#options.lost(key.items);
      this.#remove(key, 0);
    }
    ready();
  }

  #entry(key: StoredKey, batch: Batch, context: RequestContext, bytes: number): Entry {
    return new Entry(batch, context, this.#sizeOf(key), bytes, (entry, failures) => this.#settle(key, entry, failures));
  }

  #settle(key: StoredKey, entry: Entry, failures: readonly Failure[]): void {
    const kept = failures.filter(({ error }) => this.#options.keeps(error)).flatMap(({ remaining }) => remaining);
    const items = kept.reduce((sum, { itemCount }) => sum + itemCount, 0);
    if (items === 0) {
      this.#remove(key, entry.bytes);
      if (failures.length === 0) entry.batch.release();
    } else {
      this.#admission.release(0, entry.bytes);
      if (items < key.items) this.#replace(key, merge(kept), entry.context);
    }
  }

  /** A settled request leaves the storage. Until it has, the end of the process means that it is sent again. */
  #remove(key: StoredKey, bytes: number): void {
    this.#storedItems -= key.items;
    this.#age.leave(key);
    this.#admission.release(this.#sizeOf(key), bytes);
    const removed = this.#client?.delete(encodeKey(key));
    void this.#pending(removed ?? Promise.resolve()).catch((error: unknown) =>
      this.#options.logger.warn('A request stays in the storage though it is settled: it will be sent again', {
        error,
      }),
    );
  }

  /** The part of a request that was not delivered stays in its place. */
  #replace(key: StoredKey, rest: Batch, context: RequestContext): void {
    const left = { number: key.number, items: rest.itemCount, bytes: collectorSize(rest) };
    this.#storedItems += left.items - key.items;
    const replaced = this.#client?.batch([
      { kind: 'delete', key: encodeKey(key) },
      { kind: 'set', key: encodeKey(left), value: encodeRequest(rest, context) },
    ]);
    void this.#pending<unknown>(replaced ?? Promise.resolve()).catch((error: unknown) =>
      this.#options.logger.warn('A request stays in the storage with parts that were delivered', { error }),
    );
  }

  #sizeOf({ items, bytes }: StoredKey): number {
    const { sizer } = this.#options;
    if (sizer === 'requests') return 1;
    return sizer === 'items' ? items : bytes;
  }

  #pending<T>(call: Promise<T>): Promise<T> {
    const settled = call.then(
      () => {},
      () => {},
    );
    this.#writes.add(settled);
    void settled.then(() => this.#writes.delete(settled));
    return call;
  }
}

function refusal(error: unknown): DeliveryError {
  if (!(error instanceof StorageError)) return DeliveryError.from(error);
  const reason = error.failure === 'full' ? 'storage_full' : 'storage_failed';
  return new DeliveryError(error.message, { class: 'retryable', reason, local: true, cause: error });
}

function stopped(): DeliveryError {
  return new DeliveryError('sending queue is stopped', { class: 'retryable', reason: 'shutdown', local: true });
}
