import fs from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { TrackedFile } from './tracked-file.js';

/**
 * The files that are kept open: a file that was moved to where no glob finds it is still read to its end. Above
 * `most` the one that was used least recently is closed, unless a reader has it.
 */
export class OpenFiles {
  /** The least recently used first. */
  readonly #open: Set<TrackedFile> = new Set();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Opens the file at a path; undefined when it is gone or may not be read, which is for `failed`. */
  static async openPath(path: string, failed: (error: unknown) => void): Promise<FileHandle | undefined> {
    try {
      // A pipe in the place of a file would otherwise wait for a writer.
      return await fs.promises.open(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') failed(error);
      return undefined;
    }
  }

  /** Takes over a handle of the file, in place of the one that it has. */
  async keep(file: TrackedFile, handle: FileHandle): Promise<void> {
    const before = file.handle;
    file.handle = handle;
    this.used(file);
    if (before && before !== handle) await before.close();
    await this.#closeIdle();
  }

  used(file: TrackedFile): void {
    this.#open.delete(file);
    this.#open.add(file);
  }

  /** The handle is the caller's from now on. */
  take(file: TrackedFile): FileHandle | undefined {
    const { handle } = file;
    this.#open.delete(file);
    file.handle = undefined;
    return handle;
  }

  async close(file: TrackedFile): Promise<void> {
    await this.take(file)?.close();
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#open].map((file) => this.close(file)));
  }

  async #closeIdle(): Promise<void> {
    for (const file of this.#open) {
      if (this.#open.size <= this.#most) return;
      if (!file.isReading) await this.close(file);
    }
  }
}
