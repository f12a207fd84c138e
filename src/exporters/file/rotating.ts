import fs from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { DeliveryError } from '../../component/delivery-error.js';
import type { RotationConfig } from './config.js';
import { openFile, type FileRecord, type OpenOptions, type Writer } from './writer.js';

const dayMs = 86_400_000;

/**
 * Writes each message at once and begins a new file when one would become too large; old ones are renamed by the time.
 */
export class RotatingWriter implements Writer {
  readonly #options: OpenOptions;
  readonly #rotation: RotationConfig;
  readonly #unixMs: () => number;
  #file: fs.FileHandle;
  #size: number;
  #last: Promise<void> = Promise.resolve();

  private constructor(
    options: OpenOptions,
    rotation: RotationConfig,
    unixMs: () => number,
    file: fs.FileHandle,
    size: number,
  ) {
    this.#options = options;
    this.#rotation = rotation;
    this.#unixMs = unixMs;
    this.#file = file;
    this.#size = size;
  }

  /** The content that the file has at start stays: it is the file being filled. */
  static async open(options: OpenOptions, rotation: RotationConfig, unixMs: () => number): Promise<RotatingWriter> {
    const file = await openFile({ ...options, append: true });
    return new RotatingWriter(options, rotation, unixMs, file, (await file.stat()).size);
  }

  append(message: FileRecord): Promise<void> {
    const limit = this.#rotation.max_megabytes * 2 ** 20;
    const { length } = message.bytes;
    if (length > limit)
      return Promise.reject(
        new DeliveryError(`write length ${length} exceeds maximum file size ${limit}`, {
          class: 'retryable',
          reason: 'too_large',
        }),
      );
    const writing = this.#last.then(() => this.#write(message, limit));
    this.#last = writing.catch(() => {});
    return writing;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#file.close();
  }

  async #write(message: FileRecord, limit: number): Promise<void> {
    if (this.#size + message.bytes.length > limit) await this.#rotate();
    const before = this.#size;
    try {
      for (let at = 0; at < message.bytes.length;) {
        const { bytesWritten } = await this.#file.write(message.bytes, at);
        at += bytesWritten;
        this.#size += bytesWritten;
      }
    } catch (error) {
      // Half a message must not stay before the next one.
      await this.#file.truncate(before).catch(() => {});
      this.#size = before;
      throw error;
    }
    message.written();
  }

  async #rotate(): Promise<void> {
    const { path } = this.#options;
    await this.#file.close();
    await fs.rename(path, await this.#freeName());
    this.#file = await openFile({ ...this.#options, append: true });
    this.#size = 0;
    await this.#prune();
  }

  async #freeName(): Promise<string> {
    const { path } = this.#options;
    const extension = extname(path);
    const stem = path.slice(0, path.length - extension.length);
    for (let later = 0; ; later++) {
      const name = `${stem}-${stamp(this.#unixMs() + later, this.#rotation.localtime)}-size${extension}`;
      if (
        !(await fs.stat(name).then(
          () => true,
          () => false,
        ))
      )
        return name;
    }
  }

  async #prune(): Promise<void> {
    const { max_backups, max_days } = this.#rotation;
    const { path } = this.#options;
    const extension = extname(path);
    const stem = `${basename(path, extension)}-`;
    const old = (await fs.readdir(dirname(path)))
      .filter(
        (name) =>
          name.startsWith(stem) &&
          name.endsWith(extension) &&
          /\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}-size$/.test(name.slice(0, name.length - extension.length)),
      )
      .toSorted()
      .toReversed();
    for (const [i, name] of old.entries()) {
      const file = join(dirname(path), name);
      const tooMany = max_backups > 0 && i >= max_backups;
      const tooOld = max_days > 0 && (await fs.stat(file)).mtimeMs < this.#unixMs() - max_days * dayMs;
      if (tooMany || tooOld) await fs.rm(file, { force: true });
    }
  }
}

/** `2026-01-02T15-04-05.000` */
function stamp(ms: number, local: boolean): string {
  const shift = local ? -new Date(ms).getTimezoneOffset() * 60_000 : 0;
  return new Date(ms + shift).toISOString().slice(0, -1).replaceAll(':', '-');
}
