import type { Consumer } from '../component/consumer.js';
import type { Receiver, SignalContext } from '../component/define.js';
import type { Host } from '../component/lifecycle.js';
import { openStorage, type StorageClient } from '../component/storage.js';
import { ReceiverEntry } from '../intake/receiver-entry.js';
import type { RetryOptions } from '../intake/retry-options.js';
import { RetryingConsumer } from '../intake/retrying.js';
import { Archive } from './archive.js';
import { Checkpoints } from './checkpoints.js';
import { FileTail } from './file-tail.js';
import { headerReader } from './header.js';
import type { LineWriter } from './line-writer.js';
import type { FileOptions } from './options.js';
import { tailOptions } from './tail-options.js';
import { lostBytesMetric, openFilesMetric, readingFilesMetric, unreadBytesMetric } from './telemetry.js';
import type { TrackedFile } from './tracked-file.js';

/** How long what is known of the files waits for the receiver of the next configuration, milliseconds. */
const leftMs = 60_000;

/** The state that a receiver leaves for the one in its place. */
interface Left {
  readonly files: readonly TrackedFile[];
}

export interface FileReceiverParts {
  /** Makes batches of the lines; called at the start. */
  writer(): LineWriter;
  /** Tells the stored offsets of several receivers with one ID apart. */
  readonly storageName: string;
  /** Whether all of each file is read again with every poll. */
  readonly replays: boolean;
}

/** Reads files, hands on what a writer makes of their lines, and keeps their offsets. */
export class FileReceiver implements Receiver {
  readonly #config: FileOptions;
  readonly #context: SignalContext;
  readonly #parts: FileReceiverParts;
  readonly #retrying: RetryingConsumer;
  readonly #entry: ReceiverEntry;
  #checkpoints: Checkpoints | undefined;
  #tail: FileTail | undefined;
  #unobserve: (() => void)[] = [];
  #ending: Promise<void> | undefined;

  constructor(
    config: FileOptions & { readonly retry_on_failure: RetryOptions },
    context: SignalContext,
    next: Consumer,
    parts: FileReceiverParts,
  ) {
    this.#config = config;
    this.#parts = parts;
    this.#context = context;
    this.#retrying = new RetryingConsumer(next, config.retry_on_failure, context);
    this.#entry = new ReceiverEntry(context, this.#retrying);
  }

  async start(host: Host): Promise<void> {
    const { clock, logger, meter, id, succession } = this.#context;
    const { storage, polls_to_archive: places } = this.#config;
    const client =
      storage === '' ? undefined : await openStorage(storage, host, this.#context, this.#parts.storageName);
    const stored = await this.#load(client);
    const left = succession.take<Left>(this.#place)?.files ?? [];
    if (stored.length > 0)
      logger.info("Resuming from previously known offset(s). 'start_at' setting is not applicable.");
    if (this.#checkpoints?.hasLost === true)
      logger.warn('Stored offsets are damaged: a file without one is read from its beginning.');
    const tail = new FileTail(tailOptions(this.#config, clock, this.#parts.replays), {
      clock,
      logger,
      writer: this.#parts.writer(),
      header: headerReader(this.#config.header, this.#context),
      submit: (batch) => this.#entry.submit(batch),
      isRefused: () => this.#retrying.isWaiting,
      checkpoints: this.#checkpoints,
      archive: client && places > 0 ? new Archive(client, places) : undefined,
      lostBytes: meter.counter(lostBytesMetric, { receiver: id }),
    });
    this.#tail = tail;
    this.#unobserve = [
      meter.observe(openFilesMetric, { receiver: id }, () => tail.openFiles),
      meter.observe(readingFilesMetric, { receiver: id }, () => tail.readingFiles),
      meter.observe(unreadBytesMetric, { receiver: id }, () => tail.unreadBytes),
    ];
    // What was behind a lost offset must not be skipped, even when no other offset is left.
    tail.start(stored.length > 0 ? stored : left, this.#checkpoints?.hasLost === true);
  }

  shutdown(deadline: AbortSignal): Promise<void> {
    return (this.#ending ??= this.#end(deadline));
  }

  get #place(): string {
    return `receiver ${this.#context.id} ${this.#context.signal}`;
  }

  async #load(client: StorageClient | undefined): Promise<readonly TrackedFile[]> {
    if (!client) return [];
    this.#checkpoints = new Checkpoints(client, this.#context.clock, this.#context.logger);
    try {
      return await this.#checkpoints.load();
    } catch (error) {
      throw new Error('read known files from database', { cause: error });
    }
  }

  async #end(deadline: AbortSignal): Promise<void> {
    const stopRetries = (): void => this.#retrying.stop();
    // Lines that are refused now are read again from the stored offset.
    if (deadline.aborted || this.#checkpoints) stopRetries();
    else {
      this.#retrying.hurry();
      deadline.addEventListener('abort', stopRetries, { once: true });
    }
    for (const remove of this.#unobserve) remove();
    const tail = this.#tail;
    if (!tail) return;
    const files = await tail.stop(deadline, this.#checkpoints === undefined);
    if (this.#checkpoints) {
      await this.#checkpoints.close();
      return;
    }
    if (files.length === 0) return;
    const { succession, clock } = this.#context;
    const withdraw = succession.leaveBehind(this.#place, { files } satisfies Left);
    clock.after(leftMs, withdraw);
  }
}
