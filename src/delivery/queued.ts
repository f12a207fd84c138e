import type { Consumer, RequestContext } from '../component/consumer.js';
import type { ByteShare } from '../component/budget.js';
import type { SignalContext } from '../component/define.js';
import { DeliveryError, failureOf } from '../component/delivery-error.js';
import type { Host } from '../component/lifecycle.js';
import { metadataBytes } from '../component/metadata-size.js';
import type { NoRoom, Room } from '../component/reservation.js';
import { openStorage } from '../component/storage.js';
import type { Attributes, Histogram } from '../component/telemetry.js';
import type { Batch } from '../otlp/batch.js';
import { partsOf } from './accumulator.js';
import { Batcher, type Export } from './batcher.js';
import type { QueueConfig } from './config.js';
import { Consumers } from './consumers.js';
import type { Drain } from './drain.js';
import type { Entry } from './entry.js';
import {
  batchSendBytes,
  batchSendSize,
  enqueueBytes,
  enqueueSize,
  queueAge,
  queueCapacity,
  queueMemory,
  queueMemoryRoom,
  queueSize,
} from './metrics.js';
import type { Observer } from './observe.js';
import type { Granted } from './queue-admission.js';
import { MemoryQueue } from './queue.js';
import { isStored } from './stored.js';
import { StoredQueue } from './stored-queue.js';
import { cancelled, type Send } from './send.js';
import { waitFor, whenCancelled, type WaitEnd } from './wait.js';
import { keepShape, unset } from '../runtime/memory/kept-shape.js';

export interface QueuedParts {
  /** Undefined for a part of an exporter that counts as a whole. */
  readonly metrics: { readonly attributes: Attributes } | undefined;
  readonly observer: Observer;
  readonly drain: Drain;
  /** Whether a failure leaves its items in the storage. */
  keeps(error: DeliveryError): boolean;
}

/**
 * `sending_queue`: accepts a request as soon as it is in the queue, or in its `storage`, or, with `wait_for_result`,
 * when it has been exported.
 */
export class Queued implements Consumer {
  readonly #config: QueueConfig;
  readonly #observer: Observer;
  readonly #next: Send;
  readonly #queue: MemoryQueue | StoredQueue;
  /** Where the books hold what waits in the queue. */
  readonly #place: 'queue' | 'stored';
  readonly #keeps: (error: DeliveryError) => boolean;
  readonly #batcher: Batcher | undefined;
  readonly #consumers: Consumers;
  readonly #context: SignalContext;
  readonly #drain: Drain;
  readonly #share: ByteShare;
  readonly #unobserve: (() => void)[] = [];
  readonly #offered: Sizes | undefined;
  readonly #batches: Sizes | undefined;

  constructor(
    context: SignalContext,
    config: QueueConfig,
    { metrics, observer, drain, keeps }: QueuedParts,
    next: Send,
  ) {
    this.#config = config;
    this.#context = context;
    this.#observer = observer;
    this.#drain = drain;
    this.#keeps = keeps;
    this.#next = next;
    const { clock, meter, kind, id } = context;
    // The queues of one backend fill up together, whatever their signal.
    const share = context.budget.share(`${kind} ${id}`);
    this.#share = share;
    const options = {
      capacity: config.queue_size,
      sizer: config.sizer,
      block: config.block_on_overflow,
      budget: share,
      clock,
    };
    this.#place = isStored(config) ? 'stored' : 'queue';
    this.#queue = isStored(config)
      ? new StoredQueue({
          ...options,
          signal: context.signal,
          logger: context.logger,
          ahead: Math.max(2, config.num_consumers),
          ready: () => this.#consumers.pump(),
          restored: (items) => observer.restored(items),
          lost: (items) => observer.dropHeld(items, 'stored', 'damaged'),
          keeps,
        })
      : new MemoryQueue(options);
    this.#batcher =
      config.batch &&
      new Batcher(config.batch, {
        clock,
        onReady: () => this.#consumers.pump(),
        tooLarge: (entry, batch) => this.#dropTooLarge(entry, batch),
      });
    this.#consumers = new Consumers(
      this.#queue,
      this.#batcher,
      config.num_consumers,
      (ready) => this.#export(ready),
      (entry) => observer.move(entry.batch.itemCount, this.#place, 'batch'),
    );
    const exporter = { exporter: id };
    const typed = { ...exporter, data_type: context.signal };
    this.#unobserve.push(
      meter.observe(queueMemory, typed, () => this.#queue.bytes),
      meter.observe(queueMemoryRoom, typed, () => share.room),
      meter.observe(queueAge, typed, () => this.#queue.ageSeconds),
    );
    if (!metrics) return;
    this.#unobserve.push(
      meter.observe(queueSize, typed, () => this.#queue.size),
      meter.observe(queueCapacity, typed, () => config.queue_size),
    );
    this.#offered = { items: meter.histogram(enqueueSize, exporter), bytes: meter.histogram(enqueueBytes, exporter) };
    const endpoint = { ...exporter, ...metrics.attributes };
    if (config.batch)
      this.#batches = {
        items: meter.histogram(batchSendSize, endpoint),
        bytes: meter.histogram(batchSendBytes, endpoint),
      };
  }

  /** Takes over what the storage has. Rejects when there is none of that name, or it can't be read. */
  async start(host: Host): Promise<void> {
    if (!(this.#queue instanceof StoredQueue)) return;
    const { kind, id, signal } = this.#context;
    await this.#queue.open(await openStorage(this.#config.storage, host, { kind, id }, signal));
  }

  consume(batch: Batch, context: RequestContext): Promise<void> {
    return this.#accept(batch, context, undefined);
  }

  reserve(batch: Batch, context: RequestContext): Room | NoRoom {
    const room = this.#queue.reserve(batch, this.#beside(batch, context));
    if (room.granted) return new QueueRoom(this, room);
    return { ...room, refuse: (error) => this.#refuse(batch.itemCount, error) };
  }

  /** Bytes of memory that a request takes beside its batch. */
  #beside(batch: Batch, { metadata }: RequestContext): number {
    return metadataBytes(metadata) + (this.#batcher?.cutBytes(batch) ?? 0);
  }

  /** Accepts a batch whose room of the queue was reserved in this turn. */
  acceptIn(room: Granted, batch: Batch, context: RequestContext): Promise<void> {
    return this.#accept(batch, context, room);
  }

  /** Gives reserved room back. */
  withdraw(room: Granted): void {
    this.#queue.withdraw(room);
  }

  async #accept(batch: Batch, context: RequestContext, room: Granted | undefined): Promise<void> {
    const items = batch.itemCount;
    const observer = this.#observer;
    observer.books.in(items);
    observer.books.held(items, this.#place);
    record(this.#offered, batch);
    let inQueue = false;
    const { tracer, id } = this.#context;
    const span = tracer?.start('exporter/enqueue', { parent: context.span?.context, attributes: { exporter: id } });
    try {
      this.#check(context, room);
      await this.#enqueue(batch, context, () => (inQueue = true), room);
    } catch (failure) {
      const error = DeliveryError.from(failure);
      if (!inQueue) {
        observer.books.held(-items, this.#place);
        observer.books.returned(items, error.reason);
      }
      // With wait_for_result a failed export is counted and logged here once more, as the Collector does.
      observer.countNotEnqueued(items);
      observer.logRejecting(error, items);
      span?.fail(error.message);
      throw error;
    } finally {
      span?.end();
    }
  }

  /** Throws a `DeliveryError` for a request that can't be batched, whose room is given back then. */
  #check(context: RequestContext, room: Granted | undefined): void {
    try {
      this.#batcher?.check(context);
    } catch (error) {
      if (room !== undefined) this.withdraw(room);
      throw error;
    }
  }

  /**
   * Sends what is left, unless a storage keeps it. When the drain is over each attempt fails at once, so that the
   * consumers empty the queue into the books; senders that still wait for room are refused.
   */
  async shutdown(): Promise<void> {
    this.#queue.close();
    const stopWatching = whenCancelled({ clock: this.#context.clock, drain: this.#drain }, () => {
      this.#queue.close(
        new DeliveryError('interrupted due to shutdown', { class: 'retryable', reason: 'shutdown', local: true }),
      );
      // Senders that waited for the bytes of other queues may have been all that was left.
      this.#consumers.pump();
    });
    await this.#consumers.drain();
    stopWatching();
    if (this.#queue instanceof StoredQueue) {
      await this.#queue.end();
      this.#observer.leftStored(this.#queue.storedItems);
    }
    for (const stop of this.#unobserve.splice(0)) stop();
    this.#share.close();
  }

  /** Resolves when the request is in the queue, or, with `wait_for_result`, when all of it has been exported. */
  async #enqueue(batch: Batch, sender: RequestContext, admitted: () => void, room: Granted | undefined): Promise<void> {
    const waits = this.#config.wait_for_result;
    const { clock } = this.#context;
    const { metadata, auth, span, deadline, signal } = sender;
    const queue = this.#queue;
    // An authenticator's findings are not stored, so that they are not there for the others either.
    if (queue instanceof StoredQueue)
      return queue.offer(batch, sender, { metadata, span }, admitted, room ?? this.#beside(batch, sender));
    // Once queued, a request no longer depends on its sender, unless that waits for the outcome.
    const context: RequestContext = waits ? sender : { metadata, auth, span };
    let outcome: Promise<WaitEnd<DeliveryError | undefined>> | undefined;
    let report: ((error: DeliveryError | undefined) => void) | undefined;
    await queue.offer(
      batch,
      sender,
      context,
      (entry, failures) => {
        queue.release(entry);
        if (failures.length === 0) entry.batch.release();
        report?.(failures.length === 0 ? undefined : DeliveryError.join(failures, 'any-retryable'));
      },
      () => {
        admitted();
        if (waits)
          outcome = waitFor({ clock, deadline, signal }, (known) => {
            report = known;
            return () => (report = undefined);
          });
        this.#consumers.pump();
      },
      room ?? this.#beside(batch, sender),
    );
    const end = await outcome;
    if (!end) return;
    if (end.by !== 'event') throw cancelled(end.by);
    if (end.value) throw end.value;
  }

  /** Books a request that was refused before any consumer of it was handed it. */
  #refuse(items: number, error: DeliveryError): void {
    const observer = this.#observer;
    observer.books.in(items);
    observer.books.returned(items, error.reason);
    observer.countNotEnqueued(items);
    observer.logRejecting(error, items);
  }

  async #export(ready: Export): Promise<void> {
    const observer = this.#observer;
    const { batch, shares, context } = ready;
    record(this.#batches, batch);
    // A span of the export belongs to no request alone: it names those whose items it has.
    const links = this.#context.tracer
      ? shares.flatMap(
          ({
            source: {
              context: { span },
            },
          }) => (span ? [span.context] : []),
        )
      : undefined;
    const detached = links ? { ...context, span: undefined } : context;
    const error = await observer.send(this.#next, batch, detached, this.#batcher ? 'batch' : this.#place, links);
    if (!error) {
      batch.release();
      for (const { source } of shares) source.close();
      return;
    }
    const left = (error.remaining ?? batch).itemCount;
    if (!this.#keeps(error)) observer.logDropping(error, left);
    else {
      observer.logKeeping(error, left);
      if (shares.length > 1) observer.keptAgain(batch.itemCount - left);
    }
    if (shares.length === 1) for (const { source } of shares) source.close(failureOf(error, batch));
    else {
      // The error does not name the requests whose items remain, so that all items of each remain.
      const parts = partsOf(ready);
      shares.forEach(({ source }, i) => source.close({ error, remaining: parts.slice(i, i + 1) }));
    }
  }

  /**
   * An item alone above `max_size` can never leave. The Collector drops everything behind it in its request as well.
   */
  #dropTooLarge(entry: Entry, batch: Batch): void {
    const items = batch.itemCount;
    const message = `${items} ${items === 1 ? 'item is' : 'items are'} larger than max_size, dropping items: ${items}`;
    this.#observer.dropHeld(items, 'batch', 'too_large');
    this.#context.logger.warn('Failed to split request.', { error: message, dropped_items: items });
    entry.open();
    entry.close(failureOf(new DeliveryError(message, { class: 'permanent', reason: 'too_large' }), batch));
  }
}

/** Room in the queue for one batch. */
class QueueRoom implements Room {
  readonly granted = true;
  readonly #queued: Queued;
  readonly #room: Granted;

  constructor(queued: Queued, room: Granted) {
    this.#queued = queued;
    this.#room = room;
  }

  consume(batch: Batch, context: RequestContext): Promise<void> {
    return this.#queued.acceptIn(this.#room, batch, context);
  }

  release(): void {
    this.#queued.withdraw(this.#room);
  }
}

interface Sizes {
  readonly items: Histogram;
  readonly bytes: Histogram;
}

function record(sizes: Sizes | undefined, batch: Batch): void {
  sizes?.items.record(batch.itemCount);
  sizes?.bytes.record(batch.bytes.byteLength);
}

keepShape(new QueueRoom(unset, unset));
