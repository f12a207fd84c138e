import type { Clock } from '../component/clock.js';
import type { StorageClient, StorageOperation } from '../component/storage.js';
import type { Logger } from '../component/telemetry.js';
import { decodeFile, encodeFile } from './stored-file.js';
import type { TrackedFile } from './tracked-file.js';

/** Records that are read at once. */
const atOnce = 256;
/** Time before what could not be written is tried again, milliseconds. */
const againMs = 1000;
const countKey = 'files';
const keyOf = (record: number): string => `file_${record}`;

/**
 * What must outlive a restart: each file under a number of its own, and how many numbers there are. Written as soon as
 * it changes, all that has changed meanwhile together, so that after a kill at most what was not acknowledged, or is
 * being written, is read again.
 */
export class Checkpoints {
  readonly #client: StorageClient;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #dirty: Set<TrackedFile> = new Set();
  readonly #removed: number[] = [];
  readonly #free: number[] = [];
  #count = 0;
  #storedCount = 0;
  #writing: Promise<void> | undefined;
  #cancelRetry: (() => void) | undefined;
  #isFailing = false;

  constructor(client: StorageClient, clock: Clock, logger: Logger) {
    this.#client = client;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** The files of the last run. Rejects when they cannot be read. */
  async load(): Promise<readonly TrackedFile[]> {
    const count = Number(Buffer.from((await this.#client.get(countKey)) ?? '0').toString());
    this.#count = this.#storedCount = Number.isSafeInteger(count) && count >= 0 ? count : 0;
    const files: TrackedFile[] = [];
    for (let first = 0; first < this.#count; first += atOnce) {
      const records = Array.from({ length: Math.min(atOnce, this.#count - first) }, (_, i) => first + i);
      const found = await this.#client.batch(records.map((record) => ({ kind: 'get', key: keyOf(record) })));
      for (const [i, bytes] of found.entries()) {
        const record = first + i;
        const file = bytes && decodeFile(bytes);
        if (file) {
          file.record = record;
          files.push(file);
        } else this.#free.push(record);
        if (bytes && !file) this.#logger.warn('A stored offset cannot be read; its file is new.', { record });
      }
    }
    return files;
  }

  changed(file: TrackedFile): void {
    this.#dirty.add(file);
    this.#begin();
  }

  forgotten(file: TrackedFile): void {
    this.#dirty.delete(file);
    if (file.record < 0) return;
    this.#removed.push(file.record);
    file.record = -1;
    this.#begin();
  }

  /** Writes what has changed, and closes the storage. */
  async close(): Promise<void> {
    this.#cancelRetry?.();
    await this.#writing;
    this.#cancelRetry?.();
    if (this.#dirty.size > 0 || this.#removed.length > 0) await this.#write();
    await this.#client.close();
  }

  #begin(): void {
    if (this.#writing || this.#isFailing) return;
    this.#writing = this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
  }

  async #writeAll(): Promise<void> {
    // What changes in the same turn is written together.
    await Promise.resolve();
    while ((this.#dirty.size > 0 || this.#removed.length > 0) && (await this.#write()));
  }

  /** Whether all was written; if not, it is tried again later. */
  async #write(): Promise<boolean> {
    const files = [...this.#dirty];
    const removed = this.#removed.splice(0);
    this.#dirty.clear();
    for (const file of files) if (file.record < 0) file.record = this.#free.pop() ?? this.#count++;
    const operations: StorageOperation[] = [
      ...removed.map((record): StorageOperation => ({ kind: 'delete', key: keyOf(record) })),
      ...files.map((file): StorageOperation => ({ kind: 'set', key: keyOf(file.record), value: encodeFile(file) })),
    ];
    const count = this.#count;
    if (count !== this.#storedCount) operations.push({ kind: 'set', key: countKey, value: Buffer.from(String(count)) });
    try {
      await this.#client.batch(operations);
    } catch (error) {
      for (const file of files) this.#dirty.add(file);
      this.#removed.push(...removed);
      this.#fail(error);
      return false;
    }
    this.#storedCount = count;
    this.#free.push(...removed);
    return true;
  }

  #fail(error: unknown): void {
    this.#isFailing = true;
    this.#logger.error('save offsets', { error });
    this.#cancelRetry = this.#clock.after(againMs, () => {
      this.#isFailing = false;
      this.#begin();
    });
  }
}
