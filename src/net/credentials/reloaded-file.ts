import { readFileSync, statSync } from 'node:fs';
import type { Clock } from '../../component/clock.js';
import type { Logger } from '../../component/telemetry.js';

/** How often a file may be looked at again, milliseconds. */
const lookEveryMs = 1000;

/**
 * A small file whose content is used in its newest version, without a restart. It is looked at when it is needed, at
 * most once a second; a version that cannot be read or understood leaves the one before in use, and that is logged.
 */
export class ReloadedFile<T> {
  readonly #path: string;
  readonly #read: (text: string) => T;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #version: string;
  #value: T;
  #lookedAt: number;

  /** Reads it. Throws when that fails. `read` must not put the content into the error it throws. */
  constructor(path: string, read: (text: string) => T, clock: Clock, logger: Logger) {
    this.#path = path;
    this.#read = read;
    this.#clock = clock;
    this.#logger = logger;
    this.#version = version(path);
    this.#value = read(readFileSync(path, 'utf8'));
    this.#lookedAt = clock.now();
  }

  get value(): T {
    const now = this.#clock.now();
    if (now - this.#lookedAt < lookEveryMs) return this.#value;
    this.#lookedAt = now;
    try {
      const found = version(this.#path);
      if (found === this.#version) return this.#value;
      this.#value = this.#read(readFileSync(this.#path, 'utf8'));
      this.#version = found;
      this.#logger.info('Credentials reloaded', { file: this.#path });
    } catch (error) {
      this.#logger.error('Credentials could not be reloaded; those before stay in use', {
        file: this.#path,
        error: (error as Error).message,
      });
    }
    return this.#value;
  }
}

/** Also a file put in place of another within one tick of the file system's clock is another version. */
function version(path: string): string {
  const { mtimeNs, size, ino } = statSync(path, { bigint: true });
  return `${mtimeNs} ${size} ${ino}`;
}
