import type { Clock } from '../../component/clock.js';
import { readableValue } from '../../component/readable-value.js';
import type { StorageClient } from '../../component/storage.js';
import type { Succession } from '../../component/succession.js';
import type { Logger } from '../../component/telemetry.js';
import { apiTexts } from '../json.js';

const key = 'resourceVersions';
/** How long versions wait for the receiver that comes in the place of another, milliseconds. */
const leftMs = 60_000;

/** The version up to which the changes of each selection have been delivered, across restarts if there is a storage. */
export class Versions {
  readonly #storage: StorageClient | undefined;
  readonly #logger: Logger;
  readonly #known: Map<string, string> = new Map();
  #saving: Promise<void> | undefined;
  #isSaved = true;

  constructor(storage: StorageClient | undefined, logger: Logger) {
    this.#storage = storage;
    this.#logger = logger;
  }

  /** Reads what is stored. */
  async load(): Promise<void> {
    const stored = this.#storage && (await readableValue(this.#storage, key));
    if (stored === undefined) return;
    try {
      for (const [selection, version] of apiTexts(JSON.parse(Buffer.from(stored).toString())))
        this.#known.set(selection, version);
    } catch {
      this.#logger.warn('The stored positions of watches cannot be read; the watches begin now');
    }
  }

  /** Takes over what the receiver before in a place has delivered. */
  inherit(succession: Succession, place: string): void {
    const left = succession.take<ReadonlyMap<string, string>>(place);
    for (const [selection, version] of left ?? []) this.set(selection, version);
  }

  /** Leaves them for the next receiver in a place. */
  bequeath(succession: Succession, place: string, clock: Pick<Clock, 'after'>): void {
    if (this.#known.size === 0) return;
    const withdraw = succession.leaveBehind(place, new Map(this.#known));
    clock.after(leftMs, () => void withdraw());
  }

  of(selection: string): string | undefined {
    return this.#known.get(selection);
  }

  set(selection: string, version: string): void {
    if (this.#known.get(selection) === version) return;
    this.#known.set(selection, version);
    this.#isSaved = false;
    if (this.#storage) this.#saving ??= this.#save(this.#storage);
  }

  /** Forgets all that is in memory alone: another process has gone on since. */
  forget(): void {
    if (!this.#storage) this.#known.clear();
  }

  async close(): Promise<void> {
    await this.#saving;
    await this.#storage?.close();
  }

  /** Stores the newest versions, and again when one has moved meanwhile. */
  async #save(storage: StorageClient): Promise<void> {
    while (!this.#isSaved) {
      this.#isSaved = true;
      try {
        await storage.set(key, Buffer.from(JSON.stringify(Object.fromEntries(this.#known))));
      } catch (error) {
        this.#logger.warn('The position of a watch cannot be stored', { error });
        break;
      }
    }
    this.#saving = undefined;
  }
}

/**
 * Whether an object of version `of` is newer than version `than`. Versions are numbers that grow; where one is none,
 * the object counts as newer, so that nothing is lost.
 */
export function isNewer(of: string | undefined, than: string): boolean {
  if (of === undefined || !/^\d+$/.test(of) || !/^\d+$/.test(than)) return true;
  return BigInt(of) > BigInt(than);
}
