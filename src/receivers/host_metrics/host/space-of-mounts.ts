import type { StatsFs } from 'node:fs';
import { statfs } from 'node:fs/promises';
import type { Clock } from '../../../component/clock.js';

/** How long a file system may take to answer, milliseconds. */
const patienceMs = 5000;
/** Each call that hangs holds one of the four threads that Node has for files and names. */
const mostHanging = 2;

/**
 * Asks file systems for their space. One whose server is gone may never answer: it is waited for once and then left
 * alone until it has answered.
 */
export class SpaceOfMounts {
  readonly #clock: Clock;
  readonly #ask: (path: string) => Promise<StatsFs>;
  readonly #hanging = new Set<string>();

  /** `ask` is `statfs`, but for tests. */
  constructor(clock: Clock, ask: (path: string) => Promise<StatsFs> = statfs) {
    this.#clock = clock;
    this.#ask = ask;
  }

  /** Rejects when the host does not say. */
  async of(path: string): Promise<StatsFs> {
    if (this.#hanging.has(path)) throw new Error('it has not answered yet');
    if (this.#hanging.size >= mostHanging) throw new Error('not asked, because other file systems do not answer');
    this.#hanging.add(path);
    const answered = this.#ask(path).finally(() => this.#hanging.delete(path));
    // It may fail when nobody waits for it any more.
    answered.catch(() => {});
    let stop = (): void => {};
    const late = new Promise<undefined>((resolve) => {
      stop = this.#clock.after(patienceMs, () => resolve(undefined));
    });
    try {
      const first = await Promise.race([answered, late]);
      if (first) return first;
    } finally {
      stop();
    }
    throw new Error(`it has not answered within ${patienceMs / 1000} s`);
  }
}
