import type { Consumer } from '../component/consumer.js';
import type { SignalContext } from '../component/define.js';
import { guard } from '../component/fault.js';
import type { EntrySink, OperatorChain } from '../entries/chain.js';
import { EntryGroups } from '../entries/entry-groups.js';
import type { LogEntry } from '../entries/entry.js';
import { ReceiverEntry } from '../intake/receiver-entry.js';
import type { RetryOptions } from '../intake/retry-options.js';
import { RetryingConsumer } from '../intake/retrying.js';

/** A batch leaves as soon as it has as many records or bytes, or its first record is as old, milliseconds. */
const mostRecords = 1000;
const mostBytes = 512 * 1024;
const oldestMs = 100;
/** Milliseconds between two log lines about records that are lost. */
const betweenLinesMs = 60_000;

export interface RecordSinkParts {
  readonly retry: RetryOptions;
  readonly chain: OperatorChain;
  /** Batches that are under way in the pipelines at once. With 1 they are settled in their order. */
  readonly mostUnderWay: number;
  /**
   * Called when a batch is made; the returned function when it is delivered or lost (true), or the end of the receiver
   * has left it undelivered (false).
   */
  onBatch?(): (isDone: boolean) => void;
}

/**
 * The way of entries through the operators into batches, and of these into the pipelines. It has room while few batches
 * are under way; the source is to wait otherwise, so that what is held is bounded by what a source hands over at once.
 */
export class RecordSink {
  readonly #context: SignalContext;
  readonly #parts: RecordSinkParts;
  readonly #retrying: RetryingConsumer;
  readonly #entry: ReceiverEntry;
  readonly #groups: EntryGroups = new EntryGroups();
  readonly #add: EntrySink;
  /** Guarded, since nobody above them could catch an error. */
  readonly #send: () => void = guard(
    'records, their batch',
    () => this.#submit(),
    () => {},
  );
  readonly #timer: () => void = guard(
    'records, their time',
    () => this.#onTimer(),
    // The records wait still; at once, an operator that throws each time would take all of a core.
    () => this.#armAt(this.#context.clock.now() + oldestMs),
  );
  /** Callers that wait for room, in the order of asking. */
  readonly #waiting: Set<() => void> = new Set();
  #underWay = 0;
  #cancelTimer: (() => void) | undefined;
  #timerAt: number = Infinity;
  #idle: (() => void)[] = [];
  #stopping = false;
  #saidAt = -Infinity;
  #unsaid = 0;

  constructor(context: SignalContext, next: Consumer, parts: RecordSinkParts) {
    this.#context = context;
    this.#parts = parts;
    this.#retrying = new RetryingConsumer(next, parts.retry, context);
    this.#entry = new ReceiverEntry(context, this.#retrying);
    this.#add = (entry) => this.#groups.add(entry);
  }

  get hasRoom(): boolean {
    return this.#underWay < this.#parts.mostUnderWay;
  }

  /** No record waits or is under way, beside those that operators hold. */
  get isIdle(): boolean {
    return this.#underWay === 0 && this.#groups.itemCount === 0;
  }

  /** Calls `run` once when there is room again; the returned function cancels. */
  onceRoom(run: () => void): () => void {
    this.#waiting.add(run);
    return () => void this.#waiting.delete(run);
  }

  /** Takes an entry. It is lent: its memory serves for the next one. */
  take(entry: LogEntry): void {
    try {
      this.#parts.chain.process(entry, this.#add);
    } finally {
      // Also behind a fault: it may have come when some records of the entry were there.
      if (this.#isFull && this.hasRoom) this.#send();
      this.#arm();
    }
  }

  /**
   * Sends what there is and resolves when all of it is delivered or given up; at `deadline` everything is given up. No
   * entry may be taken after this call.
   */
  async stop(deadline: AbortSignal): Promise<void> {
    this.#stopping = true;
    this.#cancelTimer?.();
    this.#parts.chain.flush(Infinity, this.#add);
    const over = (): void => this.#retrying.stop();
    if (deadline.aborted) over();
    else {
      this.#retrying.hurry();
      deadline.addEventListener('abort', over, { once: true });
    }
    if (this.#groups.itemCount > 0) this.#send();
    if (this.#underWay > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    deadline.removeEventListener('abort', over);
  }

  get #isFull(): boolean {
    return this.#groups.itemCount >= mostRecords || this.#groups.size >= mostBytes;
  }

  async #submit(): Promise<void> {
    const settled = this.#parts.onBatch?.();
    const batch = this.#groups.finish();
    const { budget } = this.#context;
    const bytes = batch.bytes.length;
    // The bound is `mostUnderWay`: what was read must leave, also while others hold the memory of all.
    const reserved = budget.tryReserve(bytes);
    this.#underWay++;
    try {
      const ended = await this.#entry.submit(batch);
      const isAccepted = ended.step === 'accepted';
      if (!isAccepted) this.#logLost(batch.itemCount);
      settled?.(isAccepted || !this.#retrying.isStopped);
    } finally {
      // Also behind a fault: without room the source would wait for ever.
      if (reserved) budget.release(bytes);
      this.#underWay--;
      this.#goOn();
    }
  }

  /** Why they were refused is said where it happened. */
  #logLost(records: number): void {
    const { clock, logger } = this.#context;
    const now = clock.now();
    this.#unsaid += records;
    if (now - this.#saidAt < betweenLinesMs) return;
    logger.error('The pipelines refused records, which are lost', { records: this.#unsaid });
    this.#saidAt = now;
    this.#unsaid = 0;
  }

  #goOn(): void {
    if (this.#isFull || (this.#stopping && this.#groups.itemCount > 0)) this.#send();
    if (this.#underWay === 0) for (const resolve of this.#idle.splice(0)) resolve();
    for (const run of this.#waiting) {
      if (!this.hasRoom) return;
      this.#waiting.delete(run);
      run();
    }
  }

  /** The timer fires when the batch is old, or an operator has to let go of what it holds. */
  #arm(): void {
    const now = this.#context.clock.now();
    this.#armAt(Math.min(this.#groups.itemCount > 0 ? now + oldestMs : Infinity, this.#parts.chain.dueAt()));
  }

  #armAt(due: number): void {
    if (this.#stopping || due >= this.#timerAt) return;
    const { clock } = this.#context;
    this.#cancelTimer?.();
    this.#timerAt = due;
    this.#cancelTimer = clock.after(Math.max(0, due - clock.now()), this.#timer);
  }

  #onTimer(): void {
    this.#timerAt = Infinity;
    this.#cancelTimer = undefined;
    this.#parts.chain.flush(this.#context.clock.now(), this.#add);
    if (this.#groups.itemCount > 0 && this.hasRoom) this.#send();
    this.#arm();
  }
}
