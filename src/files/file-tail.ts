import type { Clock } from '../component/clock.js';
import type { Counter, Logger } from '../component/telemetry.js';
import type { Ended } from '../intake/request-state.js';
import type { Batch } from '../otlp/batch.js';
import type { Archive } from './archive.js';
import { LineBatching } from './batching.js';
import type { Checkpoints } from './checkpoints.js';
import { GlobDiscovery } from './discovery.js';
import { FolderWatches } from './folder-watches.js';
import type { FileGlobs } from './glob-set.js';
import { Identification, type IdentificationOptions } from './identification.js';
import { KnownFiles } from './known-files.js';
import type { HeaderReader, LineWriter } from './line-writer.js';
import { OpenFiles } from './open-files.js';
import { ReadQueue, type ReadQueueOptions } from './read-queue.js';
import { ReadPace } from './read-pace.js';
import { Reader, type ReadOptions } from './reader.js';
import { FileSelection, type SelectionOptions } from './selection.js';
import { Shipments } from './shipments.js';
import type { TrackedFile } from './tracked-file.js';

/** All folders are looked at this often, whether anything seems to have happened in them, milliseconds. */
const everythingMs = 10_000;
/** And not more often than so many times the time that it takes. */
const everythingShare = 100;

export interface TailOptions {
  readonly globs: FileGlobs;
  readonly selection: SelectionOptions;
  readonly identification: IdentificationOptions;
  readonly read: ReadOptions;
  readonly queue: ReadQueueOptions;
  /** Files that are kept open. */
  readonly mostOpen: number;
  /** Whether files that are there at first are read from their end on. */
  readonly startsAtEnd: boolean;
  /** Whether all of each file is read again with every poll. */
  readonly replays: boolean;
}

export interface TailParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly writer: LineWriter;
  readonly header: HeaderReader | undefined;
  /** Hands a batch to the pipelines. Never rejects. */
  submit(batch: Batch): Promise<Ended>;
  /** Whether the pipelines have refused something that is handed on again. */
  isRefused(): boolean;
  /** Undefined: a restart begins anew. */
  readonly checkpoints: Checkpoints | undefined;
  readonly archive: Archive | undefined;
  readonly lostBytes: Counter;
}

/**
 * Follows files and hands their lines on (docs/spec/agent.md#file-log-algorithm). A poll finds out what has changed; it
 * is due `poll_interval` after the last one, and only when something has happened in a folder, or time decides.
 */
export class FileTail {
  readonly #options: TailOptions;
  readonly #parts: TailParts;
  readonly #known = new KnownFiles();
  readonly #open: OpenFiles;
  readonly #watches: FolderWatches;
  readonly #discovery: GlobDiscovery;
  readonly #selection: FileSelection;
  readonly #identification: Identification;
  readonly #shipments: Shipments;
  readonly #batching: LineBatching;
  readonly #queue: ReadQueue;
  #wake: (() => void) | undefined;
  #wakesOnChange = false;
  #running: Promise<void> | undefined;
  #nextOfAll = 0;
  #isFirst = true;
  #isUnsettled = false;
  #resumes = false;

  constructor(options: TailOptions, parts: TailParts) {
    const { clock, logger, checkpoints } = parts;
    this.#options = options;
    this.#parts = parts;
    this.#open = new OpenFiles(options.mostOpen);
    const pace = new ReadPace();
    this.#watches = new FolderWatches(logger, () => {
      if (this.#wakesOnChange) this.#wake?.();
    });
    this.#discovery = new GlobDiscovery(options.globs, this.#watches, clock, logger);
    this.#selection = new FileSelection(options.selection, clock, logger);
    this.#identification = new Identification(options.identification, {
      known: this.#known,
      open: this.#open,
      clock,
      logger,
      pace,
      archive: parts.archive,
      lost: parts.lostBytes,
      changed: (file) => {
        parts.writer.forget(file);
        checkpoints?.changed(file);
      },
      forgotten: (file) => {
        parts.writer.forget(file);
        checkpoints?.forgotten(file);
      },
    });
    this.#shipments = new Shipments({
      logger,
      submit: (batch) => parts.submit(batch),
      isRefused: () => parts.isRefused(),
      isStopping: () => this.#queue.isStopping,
      advanced: (file) => {
        checkpoints?.changed(file);
        void this.#queue.advanced(file);
      },
    });
    this.#batching = new LineBatching(parts.writer, this.#shipments, clock);
    this.#queue = new ReadQueue(options.queue, {
      clock,
      logger,
      open: this.#open,
      batching: this.#batching,
      newReader: () =>
        new Reader(options.read, {
          clock,
          pace,
          writer: parts.writer,
          header: parts.header,
          fill: () => this.#batching.fill(),
          isStopping: () => this.#queue.isStopping,
        }),
    });
  }

  get openFiles(): number {
    return this.#open.size;
  }

  get readingFiles(): number {
    return this.#queue.readingFiles;
  }

  /** Bytes whose records the pipelines have not accepted. */
  get unreadBytes(): number {
    let bytes = 0;
    for (const { size, done, isCompressed } of this.#known)
      bytes += Math.max(0, size - (isCompressed ? done.member : done.offset));
    return bytes;
  }

  /** Begins, with what is known of files from before. `hasLost`: nothing is known any more of others. */
  start(restored: readonly TrackedFile[], hasLost: boolean): void {
    this.#resumes = hasLost || restored.length > 0;
    for (const file of restored) this.#identification.restore(file);
    this.#running = this.#run();
  }

  /**
   * Ends reading, hands on what was read, and returns all files when the pipelines have answered or `deadline` aborts.
   * `lets`: lines that are held back go too; otherwise they are read again.
   */
  async stop(deadline: AbortSignal, lets: boolean): Promise<readonly TrackedFile[]> {
    const over = new Promise<void>((resolve) => {
      if (deadline.aborted) resolve();
      else deadline.addEventListener('abort', () => resolve(), { once: true });
    });
    const ended = this.#queue.stop();
    this.#wake?.();
    await Promise.race([Promise.all([ended, this.#running]), over]);
    if (lets) this.#parts.writer.flush(Number.POSITIVE_INFINITY);
    this.#batching.stop();
    await Promise.race([this.#batching.send().then(() => this.#shipments.idle()), over]);
    this.#watches.close();
    await this.#open.closeAll();
    return [...this.#known];
  }

  async #run(): Promise<void> {
    const { clock, logger } = this.#parts;
    while (!this.#queue.isStopping) {
      const began = clock.now();
      try {
        await this.#poll(began);
      } catch (error) {
        this.#isUnsettled = true;
        logger.error('finding files', { error });
      }
      const took = clock.now() - began;
      await this.#sleep(Math.max(this.#options.queue.pollMs - took, took), false);
      while (this.#isIdle && !this.#queue.isStopping) await this.#sleep(this.#nextDue - clock.now(), true);
    }
  }

  async #poll(began: number): Promise<void> {
    const { clock, writer } = this.#parts;
    const everything = began >= this.#nextOfAll;
    const { changed, gone } = await this.#discovery.poll(everything);
    if (everything) this.#nextOfAll = clock.now() + Math.max(everythingMs, (clock.now() - began) * everythingShare);
    const chosen = this.#selection.choose(this.#discovery.slots);
    const read = changed.filter((slot) => !this.#selection.isExcluded(slot) && (chosen?.has(slot) ?? true));
    const atEnd = this.#isFirst && this.#options.startsAtEnd && !this.#resumes;
    this.#isFirst = false;
    await this.#identification.settle({ changed: read, gone }, atEnd, (file) => this.#queue.add(file));
    if (this.#options.replays) for (const file of this.#known) this.#replay(file);
    this.#isUnsettled = read.some(({ isChanged }) => isChanged);
    const now = clock.now();
    this.#queue.addDue(now);
    if (writer.dueAt() > now) return;
    writer.flush(now);
    await this.#batching.send();
  }

  /** Begins a file anew that was read to its end. */
  #replay(file: TrackedFile): void {
    if (file.slot === undefined || file.isReading || file.readTo < 0 || this.#queue.waits(file)) return;
    file.startAt({ offset: 0, member: 0, records: 0, skipping: false });
    this.#queue.add(file);
  }

  /** Whether a poll would have nothing to do. */
  get #isIdle(): boolean {
    if (this.#options.replays || this.#isUnsettled || this.#identification.isWaiting || !this.#discovery.isQuiet)
      return false;
    return this.#nextDue > this.#parts.clock.now();
  }

  get #nextDue(): number {
    return Math.min(this.#nextOfAll, this.#queue.dueAt, this.#parts.writer.dueAt());
  }

  /** Waits until the time is over, or reading ends; `orChange`: or something happens in a folder. */
  #sleep(ms: number, orChange: boolean): Promise<void> {
    if (this.#queue.isStopping) return Promise.resolve();
    this.#wakesOnChange = orChange;
    return new Promise((resolve) => {
      const cancel = this.#parts.clock.after(Math.max(0, ms), () => this.#wake?.());
      this.#wake = () => {
        this.#wake = undefined;
        cancel();
        resolve();
      };
    });
  }
}
