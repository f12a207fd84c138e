import type { Consumer } from '../../component/consumer.js';
import type { Receiver, SignalContext } from '../../component/define.js';
import { FailureStatus } from '../../component/failure-status.js';
import type { Host } from '../../component/lifecycle.js';
import { readableValue } from '../../component/readable-value.js';
import { openStorage, type StorageClient } from '../../component/storage.js';
import type { Counter } from '../../component/telemetry.js';
import { LogEntry } from '../../entries/entry.js';
import { LineSplitter } from '../../lines/line-splitter.js';
import { textEncoding } from '../../lines/text-encoding.js';
import { RecordStream } from '../../inputs/record-stream.js';
import { journalCommand } from './arguments.js';
import type { Config } from './config.js';
import { Cursors } from './cursors.js';
import { JournalFault, startJournalEntry } from './journal-entry.js';
import { JournalProcess } from './journal-process.js';
import { unreadableEntries } from './telemetry.js';

/** The key that the Collector has for it. */
const cursorKey = 'lastReadCursor';
/** Wait before `journalctl` is started again, milliseconds. */
const againMs = 2000;
/** Bytes of the longest line. Parsing one takes a turn of the event loop. */
const longestLine = 2 * 1024 * 1024;

/** The state that a receiver leaves for the one in its place. */
interface Left {
  readonly cursor: string;
}

/** How long that waits, milliseconds. */
const leftMs = 60_000;

/**
 * Reads the journal of the host from `journalctl`. The cursor that a start goes on behind moves when the pipeline has
 * accepted the entries up to it.
 */
export class JournaldReceiver implements Receiver {
  readonly #config: Config;
  readonly #context: SignalContext;
  readonly #records: RecordStream;
  readonly #entry: LogEntry = new LogEntry();
  readonly #splitter: LineSplitter;
  readonly #cursors: Cursors = new Cursors();
  readonly #unreadable: Counter;
  #status: FailureStatus | undefined;
  #storage: StorageClient | undefined;
  #process: JournalProcess | undefined;
  #rest: Buffer = Buffer.alloc(0);
  /** The entry that was read last, and the one up to which all are delivered. */
  #read: string | undefined;
  #delivered: string | undefined;
  #saving: Promise<void> | undefined;
  /** The end of the receiver has left entries undelivered. */
  #isCut = false;
  #cancelAgain: (() => void) | undefined;
  #ending: Promise<void> | undefined;

  constructor(config: Config, context: SignalContext, next: Consumer) {
    this.#config = config;
    this.#context = context;
    this.#unreadable = context.meter.counter(unreadableEntries, { receiver: context.id });
    this.#splitter = new LineSplitter({
      encoding: textEncoding('utf-8') ?? never(),
      keepLeading: true,
      keepTrailing: true,
      maxBytes: longestLine,
      oversize: 'truncate',
    });
    this.#records = new RecordStream(config, context, next, {
      mostUnderWay: 1,
      onBatch: () => this.#onBatch(),
    });
  }

  async start(host: Host): Promise<void> {
    const { clock, logger, succession } = this.#context;
    this.#status = new FailureStatus(clock, (event) => host.report(event));
    if (this.#config.storage !== '') this.#storage = await openStorage(this.#config.storage, host, this.#context, '');
    const stored = this.#storage && (await readableValue(this.#storage, cursorKey));
    const left = succession.take<Left>(this.#place);
    this.#read = this.#delivered = left?.cursor ?? ((stored && Buffer.from(stored).toString().trim()) || undefined);
    if (this.#read !== undefined) logger.info('Reading the journal behind the last entry that was delivered');
    this.#launch();
  }

  shutdown(deadline: AbortSignal): Promise<void> {
    return (this.#ending ??= this.#end(deadline));
  }

  get #place(): string {
    return `receiver ${this.#context.id} ${this.#context.signal}`;
  }

  async #end(deadline: AbortSignal): Promise<void> {
    this.#cancelAgain?.();
    this.#process?.stop();
    await this.#records.stop(deadline);
    await this.#saving;
    await this.#storage?.close();
    if (this.#delivered === undefined) return;
    const { succession, clock } = this.#context;
    const withdraw = succession.leaveBehind(this.#place, { cursor: this.#delivered } satisfies Left);
    clock.after(leftMs, () => void withdraw());
  }

  #launch(): void {
    const { logger } = this.#context;
    this.#rest = Buffer.alloc(0);
    this.#splitter.reset();
    this.#process = new JournalProcess(journalCommand(this.#config, this.#read), {
      onBytes: (bytes) => this.#onBytes(bytes),
      onSaid: (line) => logger.error('Received from journalctl stderr', { stderr: line }),
      onEnd: (fault) => this.#onEnd(fault),
    });
    this.#waitForRoom();
  }

  #onEnd(fault: Error): void {
    this.#process = undefined;
    if (this.#ending) return;
    const { logger, clock } = this.#context;
    logger.error(fault.message);
    this.#status?.failed(fault);
    this.#cancelAgain = clock.after(againMs, () => this.#launch());
  }

  #onBytes(bytes: Buffer): void {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const splitter = this.#splitter;
    splitter.begin(all, 0, all.length, 'later');
    while (splitter.next()) if (splitter.end > splitter.start) this.#take(all, splitter.start, splitter.end);
    this.#rest = Buffer.from(all.subarray(splitter.rest));
    // Operators have dropped all of them.
    if (this.#records.isIdle) this.#onBatch()(true);
    this.#waitForRoom();
  }

  #take(bytes: Buffer, from: number, to: number): void {
    const entry = this.#entry;
    let cursor: string;
    try {
      cursor = startJournalEntry(entry, bytes.toString('utf8', from, to), this.#config.convert_message_bytes);
    } catch (error) {
      if (!(error instanceof JournalFault)) throw error;
      this.#unreadable.add(1);
      this.#context.logger.warn('Failed to parse journal entry', { error: error.message });
      return;
    }
    this.#status?.succeeded();
    this.#read = cursor;
    entry.source = this.#cursors;
    entry.position = this.#cursors.add(cursor);
    this.#records.take(entry);
  }

  /** The program waits while the pipeline does: it is read no further. */
  #waitForRoom(): void {
    if (this.#records.hasRoom) return;
    const process = this.#process;
    process?.pause();
    this.#records.onceRoom(() => process?.resume());
  }

  /** A batch is made: up to where its delivery lets the cursor move. */
  #onBatch(): (isDone: boolean) => void {
    const held = this.#records.oldestHeld(this.#cursors);
    const cursor = this.#cursors.upTo(held === undefined ? this.#cursors.last : held - 1);
    return (isDone) => {
      // Batches behind one that was left do not move the cursor over it.
      this.#isCut ||= !isDone;
      if (cursor === undefined || this.#isCut) return;
      this.#delivered = cursor;
      if (this.#storage) this.#saving ??= this.#save(this.#storage);
    };
  }

  /** Stores the newest cursor, and again when it has moved meanwhile. */
  async #save(storage: StorageClient): Promise<void> {
    for (let saved: string | undefined; saved !== this.#delivered;) {
      saved = this.#delivered;
      try {
        await storage.set(cursorKey, Buffer.from(saved ?? ''));
      } catch (error) {
        this.#context.logger.warn('Failed to set offset', { error });
        break;
      }
    }
    this.#saving = undefined;
  }
}

function never(): never {
  throw new Error('utf-8 is always there');
}
