import { unlink } from 'node:fs/promises';
import type { Clock } from '../component/clock.js';
import type { Logger } from '../component/telemetry.js';
import type { LineBatching } from './batching.js';
import { CompressedError } from './byte-source.js';
import { lockFile, unlockFile } from './file-locks.js';
import { statOfHandle, statOfPath } from './inode.js';
import { OpenFiles } from './open-files.js';
import type { Reader, ReadEnd } from './reader.js';
import type { TrackedFile } from './tracked-file.js';

/** A compressed file that grows is read when it has not for a while, or when it has grown this long, milliseconds. */
const longestGrowthMs = 5000;

export interface ReadQueueOptions {
  /** Files that are read at once. */
  readonly mostReaders: number;
  /** Time after which a line without an end counts as one, milliseconds; 0: never. */
  readonly flushMs: number;
  readonly pollMs: number;
  readonly locks: boolean;
  readonly deletes: boolean;
}

export interface ReadQueueParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly open: OpenFiles;
  readonly batching: LineBatching;
  newReader(): Reader;
}

/** Reads files, some at once, each a part at a time. */
export class ReadQueue {
  readonly #options: ReadQueueOptions;
  readonly #parts: ReadQueueParts;
  readonly #queue: TrackedFile[] = [];
  readonly #idle: Reader[] = [];
  /** Files that are looked at again at a time: their last line has no end, or a compressed one grows. */
  readonly #later: Map<TrackedFile, { readonly at: number; readonly why: 'tail' | 'growth' }> = new Map();
  readonly #flushing: Set<TrackedFile> = new Set();
  /** Files that are deleted once they are done with. */
  readonly #deleting: Set<TrackedFile> = new Set();
  #active = 0;
  #isStopping = false;
  #onIdle: (() => void)[] = [];

  constructor(options: ReadQueueOptions, parts: ReadQueueParts) {
    this.#options = options;
    this.#parts = parts;
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  get readingFiles(): number {
    return this.#active;
  }

  /** When a file is to be looked at again, in terms of `Clock.now`. */
  get dueAt(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const { at } of this.#later.values()) first = Math.min(first, at);
    return first;
  }

  /** A file may have something to read. */
  add(file: TrackedFile): void {
    if (file.isReading) {
      file.isBehind = true;
      return;
    }
    const now = this.#parts.clock.now();
    const waiting = this.#later.get(file);
    if (file.isCompressed && now - file.grownAt < this.#options.pollMs && waiting?.why !== 'growth') {
      this.#later.set(file, { at: now + this.#options.pollMs, why: 'growth' });
      return;
    }
    if (waiting?.why === 'growth' && now < waiting.at) return;
    this.#later.delete(file);
    this.#enqueue(file);
  }

  /** Whether a file is to be looked at again at some time. */
  waits(file: TrackedFile): boolean {
    return this.#later.has(file);
  }

  /** Looks at the files whose time has come. */
  addDue(now: number): void {
    for (const [file, { at, why }] of this.#later) {
      if (at > now || file.isReading) continue;
      if (why === 'growth' && now - file.grownAt < this.#options.pollMs && now - at < longestGrowthMs) continue;
      this.#later.delete(file);
      if (why === 'tail') this.#flushing.add(file);
      this.#enqueue(file);
    }
  }

  /** The lines read from a file are done with, up to its `done`. */
  async advanced(file: TrackedFile): Promise<void> {
    const { done } = file;
    if (!this.#deleting.has(file) || done.offset !== file.offset || done.member !== file.member) return;
    this.#deleting.delete(file);
    await this.#delete(file);
  }

  /** Ends reading at the next line, and resolves when no reader works any more. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const file of this.#queue.splice(0)) file.isReading = false;
    if (this.#active > 0) await new Promise<void>((resolve) => void this.#onIdle.push(resolve));
  }

  #enqueue(file: TrackedFile): void {
    if (this.#isStopping) return;
    file.isReading = true;
    this.#queue.push(file);
    this.#pump();
  }

  #pump(): void {
    while (this.#active < this.#options.mostReaders && !this.#isStopping) {
      const file = this.#queue.shift();
      if (!file) return;
      this.#active++;
      void this.#read(file);
    }
  }

  async #read(file: TrackedFile): Promise<void> {
    const { batching } = this.#parts;
    const reader = this.#idle.pop() ?? this.#parts.newReader();
    batching.touch(file);
    const flushes = this.#flushing.delete(file);
    const end = await this.#readWith(reader, file, flushes);
    this.#idle.push(reader);
    this.#active--;
    file.isReading = false;
    if (this.#isStopping) {
      if (this.#active === 0) for (const resolve of this.#onIdle.splice(0)) resolve();
      return;
    }
    // What a flush has left is a part of a character, whose rest has as much time again.
    this.#settle(file, end, flushes ? this.#parts.clock.now() : file.grownAt);
    this.#pump();
    if (this.#active > 0) batching.sendSoon();
    else await batching.send();
    await this.advanced(file);
  }

  /** `silentSince`: when a line without an end began to wait for it. */
  #settle(file: TrackedFile, end: ReadEnd, silentSince: number): void {
    const { flushMs, deletes } = this.#options;
    if (end === 'more' || file.isBehind) {
      file.isBehind = false;
      this.#enqueue(file);
    } else if (end === 'tail' && flushMs > 0) this.#later.set(file, { at: silentSince + flushMs, why: 'tail' });
    else if (end === 'end' && deletes) this.#deleting.add(file);
  }

  async #readWith(reader: Reader, file: TrackedFile, flushes: boolean): Promise<ReadEnd> {
    const { logger } = this.#parts;
    try {
      const handle = file.handle ?? (await this.#reopen(file));
      if (!handle) return 'failed';
      // A line that went on meanwhile has time again to find its end.
      const isSilent = flushes && (await handle.stat()).size === file.readTo;
      const following = this.#options.deletes ? 'nothing' : isSilent ? 'silence' : 'later';
      if (!this.#options.locks) return await reader.read(file, following);
      if (!(await lockFile(handle))) {
        logger.debug('Another program has locked the file.', { path: file.path });
        if (file.slot) file.slot.isChanged = true;
        return 'failed';
      }
      try {
        return await reader.read(file, following);
      } finally {
        await unlockFile(handle);
      }
    } catch (error) {
      file.readTo = file.size;
      const message = error instanceof CompressedError ? 'failed to inflate file' : 'failed to read file';
      logger.error(message, { path: file.path, error });
      return 'failed';
    }
  }

  /** Opens a file that was closed because too many were open; undefined when it is not at its path any more. */
  async #reopen(file: TrackedFile): Promise<TrackedFile['handle']> {
    const { open, logger } = this.#parts;
    if (!file.slot) return undefined;
    const handle = await OpenFiles.openPath(file.path, (error) =>
      logger.error('Failed to open file', { path: file.path, error }),
    );
    if (!handle) return undefined;
    const { dev, ino } = await statOfHandle(handle);
    if (dev === file.dev && ino === file.ino) {
      await open.keep(file, handle);
      return handle;
    }
    await handle.close();
    file.slot.isChanged = true;
    return undefined;
  }

  async #delete(file: TrackedFile): Promise<void> {
    const { open, logger } = this.#parts;
    try {
      const { size } = (await file.handle?.stat()) ?? { size: file.readTo };
      if (size !== file.readTo) return this.add(file);
      // It was moved, and another file is at its path by now: it is deleted where it is found next, if anywhere.
      const there = await statOfPath(file.path);
      if (there.dev !== file.dev || there.ino !== file.ino) return;
      await unlink(file.path);
      logger.debug('File was deleted after it was read.', { path: file.path });
    } catch (error) {
      logger.error('could not delete', { path: file.path, error });
    }
    await open.close(file);
  }
}
