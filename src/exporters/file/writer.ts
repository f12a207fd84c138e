import fs from 'node:fs/promises';
import { dirname } from 'node:path';
import { every, type Clock } from '../../component/clock.js';
import { DeliveryError } from '../../component/delivery-error.js';

/** One request, encoded, and what to do once it is in its file. */
export interface FileRecord {
  readonly bytes: Uint8Array;
  written(): void;
  /** It never will be: the file can't be written. */
  lost(): void;
}

/** A file that messages are appended to. */
export interface Writer {
  /** Takes a message, or throws why it can't. */
  append(message: FileRecord): void | Promise<void>;
  /** Writes what waits and closes. */
  close(): Promise<void>;
}

/** Bytes that may wait for a file. */
const maxWaiting = 64 * 2 ** 20;

export interface OpenOptions {
  readonly path: string;
  readonly append: boolean;
  /** Mode of folders to create; undefined creates none. */
  readonly createFolders: number | undefined;
}

export async function openFile({ path, append, createFolders }: OpenOptions): Promise<fs.FileHandle> {
  try {
    if (createFolders !== undefined) await fs.mkdir(dirname(path), { recursive: true, mode: createFolders });
    return await fs.open(path, append ? 'a' : 'w', 0o644);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reasons: Readonly<Record<string, string>> = {
      ENOENT: 'no such file or directory',
      EACCES: 'permission denied',
      EISDIR: 'is a directory',
      ENOTDIR: 'not a directory',
    };
    throw new Error(`open ${path}: ${reasons[code ?? ''] ?? message}`, { cause: error });
  }
}

/**
 * Gathers messages and writes them every `flushMs`. A write that fails is tried again with the next one; meanwhile
 * no more than `maxWaiting` bytes wait, and what does not fit is refused.
 */
export class BufferedWriter implements Writer {
  readonly #file: fs.FileHandle;
  readonly #fault: (error: Error) => void;
  readonly #stopTimer: () => void;
  #waiting: FileRecord[] = [];
  #size = 0;
  /** How much of the first message is in the file already. */
  #begun = 0;
  #flushing: Promise<void> | undefined;

  constructor(file: fs.FileHandle, flushMs: number, clock: Clock, fault: (error: Error) => void) {
    this.#file = file;
    this.#fault = fault;
    this.#stopTimer = every(clock, flushMs, () => void this.flush());
  }

  append(message: FileRecord): void {
    if (this.#size + message.bytes.length > maxWaiting && this.#waiting.length > 0)
      throw new DeliveryError(`${this.#size} bytes wait for the file already`, {
        class: 'retryable',
        reason: 'buffer_full',
      });
    this.#waiting.push(message);
    this.#size += message.bytes.length;
  }

  /** Resolves when everything that waited was written or a write failed. */
  flush(): Promise<void> {
    return (this.#flushing ??= this.#write().finally(() => {
      this.#flushing = undefined;
    }));
  }

  async close(): Promise<void> {
    this.#stopTimer();
    await this.#flushing;
    await this.flush();
    for (const message of this.#waiting) message.lost();
    this.#waiting = [];
    await this.#file.close();
  }

  async #write(): Promise<void> {
    try {
      while (this.#waiting.length > 0) await this.#writeSome();
    } catch (error) {
      this.#fault(error as Error);
    }
  }

  async #writeSome(): Promise<void> {
    const messages = this.#waiting.slice(0, 256);
    const parts = messages.map((message, i) => (i === 0 ? message.bytes.subarray(this.#begun) : message.bytes));
    let { bytesWritten: left } = await this.#file.writev(parts);
    let whole = 0;
    for (const [i, message] of messages.entries()) {
      const rest = parts[i]?.length ?? 0;
      if (left < rest) {
        this.#begun = (i === 0 ? this.#begun : 0) + left;
        break;
      }
      left -= rest;
      this.#begun = 0;
      this.#size -= message.bytes.length;
      whole++;
    }
    for (const message of this.#waiting.splice(0, whole)) message.written();
  }
}
