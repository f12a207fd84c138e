import type { Clock } from '../component/clock.js';
import { isDamage, readableValue } from '../component/readable-value.js';
import type { StorageClient, StorageOperation } from '../component/storage.js';
import type { Logger } from '../component/telemetry.js';
import { decodeFile, encodeFile } from './stored-file.js';
import type { TrackedFile } from './tracked-file.js';

/** Records that are read at once. */
const atOnce = 256;
/** Time before what could not be written is tried again, milliseconds. */
const againMs = 1000;
const prefix = 'file_';
const keyOf = (record: number): string => `${prefix}${record}`;

/**
 * The state that outlives a restart: each file under a number of its own. Written as soon as it changes, all changes
 * together, so that after a kill at most what was not acknowledged, or is being written, is read again.
 */
export class Checkpoints {
  readonly #client: StorageClient;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #dirty: Set<TrackedFile> = new Set();
  readonly #removed: number[] = [];
  readonly #free: number[] = [];
  /** The number of the next file that has none, where none is free. */
  #next = 0;
  #writing: Promise<void> | undefined;
  #cancelRetry: (() => void) | undefined;
  #hasLost = false;
  #isFailing = false;

  constructor(client: StorageClient, clock: Clock, logger: Logger) {
    this.#client = client;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Whether the offset of a file that was read in the last run may be missing: its storage was damaged. */
  get hasLost(): boolean {
    return this.#hasLost;
  }

  /** The files of the last run. Rejects when they cannot be read. */
  async load(): Promise<readonly TrackedFile[]> {
    const records = (await this.#client.keys()).flatMap(recordOf).sort((a, b) => a - b);
    const files: TrackedFile[] = [];
    this.#hasLost = this.#client.hasDamage === true;
    for (let first = 0; first < records.length; first += atOnce) {
      const some = records.slice(first, first + atOnce);
      const found = await this.#values(some);
      for (const [i, record] of some.entries()) {
        const bytes = found[i];
        const file = bytes && decodeFile(bytes);
        this.#next = Math.max(this.#next, record + 1);
        if (file) {
          file.record = record;
          files.push(file);
        } else {
          this.#hasLost = true;
          this.#free.push(record);
          // Where it cannot be deleted now, the next file has its place.
          await this.#client.delete(keyOf(record)).catch(() => {});
          this.#logger.warn('A stored offset cannot be read; its file is new.', { record });
        }
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

  /** The stored value of each; undefined for one that is damaged. */
  async #values(records: readonly number[]): Promise<readonly (Uint8Array | undefined)[]> {
    try {
      return await this.#client.batch(records.map((record) => ({ kind: 'get', key: keyOf(record) })));
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
    // One of them is damaged, which makes all of them fail.
    const values: (Uint8Array | undefined)[] = [];
    for (const record of records) values.push(await readableValue(this.#client, keyOf(record)));
    return values;
  }

  #begin(): void {
    if (this.#writing || this.#isFailing) return;
    this.#writing = this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
  }

  async #writeAll(): Promise<void> {
    // Changes in the same turn are written together.
    await Promise.resolve();
    while ((this.#dirty.size > 0 || this.#removed.length > 0) && (await this.#write()));
  }

  /** Whether all was written; if not, it is tried again later. */
  async #write(): Promise<boolean> {
    const files = [...this.#dirty];
    const removed = this.#removed.splice(0);
    this.#dirty.clear();
    for (const file of files) if (file.record < 0) file.record = this.#free.pop() ?? this.#next++;
    const operations: StorageOperation[] = [
      ...removed.map((record): StorageOperation => ({ kind: 'delete', key: keyOf(record) })),
      ...files.map((file): StorageOperation => ({ kind: 'set', key: keyOf(file.record), value: encodeFile(file) })),
    ];
    try {
      await this.#client.batch(operations);
    } catch (error) {
      for (const file of files) this.#dirty.add(file);
      this.#removed.push(...removed);
      this.#fail(error);
      return false;
    }
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

/** The number in a key of a file; none for any other key. */
function recordOf(key: string): number[] {
  const number = key.startsWith(prefix) ? key.slice(prefix.length) : '';
  return /^\d{1,9}$/.test(number) ? [Number(number)] : [];
}
