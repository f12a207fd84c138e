import type { Clock } from '../../component/clock.js';
import type { Succession } from '../../component/succession.js';
import { own, type Ownership } from './ownership.js';

/**
 * A directory of this process: owned while somebody has data in it open, whichever configuration that belongs to, so
 * that a reload can hand it on.
 */
export class Directory {
  readonly path: string;
  readonly #open: Set<string> = new Set();
  #ownership: Ownership | undefined;
  /** Becoming and ceasing to be the owner come one after the other. */
  #last: Promise<void> = Promise.resolve();

  private constructor(path: string) {
    this.path = path;
  }

  /** The one object of a directory, by its real path. */
  static at(path: string, succession: Succession): Directory {
    const place = `file_storage ${path}`;
    let directory = succession.standingAt<Directory>(place);
    if (!directory) succession.enter(place, (directory = new Directory(path)));
    return directory;
  }

  /**
   * Enters a folder of it, which one client has at a time. Rejects when it is open, or the directory belongs to another
   * process. `name`: this process, for others that ask.
   */
  async enter(folder: string, name: string, timeoutMs: number, clock: Clock): Promise<void> {
    if (this.#open.has(folder)) throw new Error(`${this.path}/${folder} is open already`);
    this.#open.add(folder);
    try {
      await this.#inTurn(async () => {
        this.#ownership ??= await own(this.path, name, timeoutMs, clock);
      });
    } catch (error) {
      await this.leave(folder);
      throw error;
    }
  }

  async leave(folder: string): Promise<void> {
    this.#open.delete(folder);
    await this.#inTurn(async () => {
      if (this.#open.size > 0 || !this.#ownership) return;
      const ownership = this.#ownership;
      this.#ownership = undefined;
      await ownership.release();
    });
  }

  #inTurn(run: () => Promise<void>): Promise<void> {
    const done = this.#last.then(run);
    this.#last = done.catch(() => {});
    return done;
  }
}
