import fs from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { Clock } from '../component/clock.js';
import type { Counter, Logger } from '../component/telemetry.js';
import type { Archive } from './archive.js';
import { CompressedError } from './byte-source.js';
import type { Findings } from './discovery.js';
import type { FileSlot } from './file-slot.js';
import { beginsWith, fingerprintOf } from './fingerprint.js';
import { readFileHead, type FileCompression, type Head } from './head.js';
import { statOfHandle } from './inode.js';
import type { KnownFiles } from './known-files.js';
import type { ReadPace } from './read-pace.js';
import { OpenFiles } from './open-files.js';
import { TrackedFile, type ReadProgress } from './tracked-file.js';

export type OnTruncate = 'ignore' | 'read_whole_file' | 'read_new';

export interface IdentificationOptions {
  readonly fingerprintSize: number;
  readonly compression: FileCompression;
  readonly onTruncate: OnTruncate;
  /** How long a file that is at no path any more is known, milliseconds. */
  readonly forgetMs: number;
  /** And for how many polls, of which one that missed something at a path counts in part. */
  readonly forgetPolls: number;
}

/**
 * What a poll that missed something counts for forgetting: little, for that may have been a file which is sought, but
 * something, for where files come and go all the time every poll misses one.
 */
const missedShare = 1 / 8;
/** How long a moved file that nobody writes to is kept open, in case its writer has not noticed yet. Milliseconds. */
const movedMs = 10_000;

export interface IdentificationParts {
  readonly known: KnownFiles;
  readonly open: OpenFiles;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly pace: ReadPace;
  /** Files that were known before; undefined: they are not kept. */
  readonly archive: Archive | undefined;
  /** Bytes that were not read before a file was truncated. */
  readonly lost: Counter;
  /** Something of a file has changed that a restart must know. */
  changed(file: TrackedFile): void;
  forgotten(file: TrackedFile): void;
}

/** Where a file is, and how long. */
type Place = Pick<FileSlot, 'size' | 'path' | 'isLocal'>;

/**
 * Says which file is at each path (docs/spec/agent.md#file-log-algorithm). A file is the same as before when it has the
 * same inode and still begins with the same bytes: then it was appended to, or renamed. One with other first bytes in
 * the same inode was truncated and written anew, and is a new file. One that begins with the bytes of a known file that
 * is gone is a copy of it, and is read on from where that one was read to.
 */
export class Identification {
  readonly #options: IdentificationOptions;
  readonly #parts: IdentificationParts;
  /** Paths with the same content as a file that is at another path. */
  readonly #copies: Map<FileSlot, TrackedFile> = new Map();
  /** Files that are at no path, and the number of polls before that. */
  readonly #lost: Map<TrackedFile, number> = new Map();
  /** Polls, as they count for forgetting. */
  #polls = 0;
  /** A path had another file, or none, when it was to be opened: that may be one which is lost. */
  #hasMissed = false;

  constructor(options: IdentificationOptions, parts: IdentificationParts) {
    this.#options = options;
    this.#parts = parts;
  }

  /** Whether something is to be done when time passes. */
  get isWaiting(): boolean {
    return this.#lost.size > 0;
  }

  /** A file that was known before this program began, or under the configuration before. */
  restore(file: TrackedFile): void {
    file.startAt(file.done);
    file.isReading = file.isBehind = false;
    this.#parts.known.add(file);
    this.#lose(file);
  }

  /**
   * Finds out what has become of the files at paths that have changed, and calls `ready` with those that may have
   * something to read: the ones that are at no path any more before new ones. `atEnd`: files that are not known are
   * read from their end on.
   */
  async settle({ changed, gone }: Findings, atEnd: boolean, ready: (file: TrackedFile) => void): Promise<void> {
    this.#hasMissed = false;
    for (const slot of gone) this.#detach(slot);
    for (const slot of changed)
      if (slot.tracked && (slot.tracked.ino !== slot.ino || slot.tracked.dev !== slot.dev)) this.#detach(slot);
    for (const slot of changed) {
      const file = slot.tracked;
      if (!file || file.isReading) continue;
      slot.isChanged = false;
      if (await this.#isStillThere(file, slot)) ready(file);
    }
    const unknown = new Set(changed.filter(({ tracked }) => tracked === undefined));
    for (const [slot, file] of this.#copies) if (file.slot === undefined) unknown.add(slot);
    // A file that is known by its inode must not be taken for a copy of something else.
    const rest = await this.#settleMoved(unknown, ready);
    const old = await this.#settleLost(ready);
    for (const slot of rest) {
      const file = await this.#identify(slot, atEnd);
      if (file) ready(file);
    }
    this.#polls += this.#hasMissed ? missedShare : 1;
    await this.#forget(old.filter(({ slot }) => slot === undefined));
  }

  /** Whether the file at a path is what it was; otherwise the path has another one from now on. */
  async #isStillThere(file: TrackedFile, slot: FileSlot): Promise<boolean> {
    if (slot.size > 0) {
      const head = await this.#headOf(file, slot);
      if (!head) return false;
      if (beginsWith(head.bytes, file.fingerprint)) {
        this.#grow(file, head, slot.size);
        return true;
      }
    }
    const handle = this.#parts.open.take(file);
    await handle?.close();
    const unread = file.size - file.offset;
    this.#parts.logger.debug('File was truncated.', { path: slot.path, unread_bytes: Math.max(0, unread) });
    if (unread > 0 && !file.isCompressed) this.#parts.lost.add(unread);
    this.#detach(slot);
    return false;
  }

  async #headOf(file: TrackedFile, slot: FileSlot): Promise<Head | undefined> {
    const { open } = this.#parts;
    if (!file.handle) {
      const handle = await this.#openPath(slot);
      if (!handle) return undefined;
      await open.keep(file, handle);
    }
    open.used(file);
    return file.handle && this.#readFileHead(file.handle, slot);
  }

  async #readFileHead(handle: FileHandle, { size, path, isLocal }: Place): Promise<Head | undefined> {
    const { fingerprintSize, compression } = this.#options;
    try {
      return await readFileHead(handle, size, fingerprintSize, compression, isLocal ? this.#parts.pace : undefined);
    } catch (error) {
      const message = error instanceof CompressedError ? 'failed to create gzip reader' : 'failed to read file';
      this.#parts.logger.error(message, { path, error });
      return undefined;
    }
  }

  /** Takes note that a file is longer, or shorter, than it was. */
  #grow(file: TrackedFile, head: Head, size: number): void {
    const { known, clock, logger } = this.#parts;
    if (head.bytes.length > file.fingerprint.length) {
      known.setFingerprint(file, fingerprintOf(head.bytes));
      this.#parts.changed(file);
    }
    if (size > file.size || file.grownAt === 0) file.grownAt = clock.now();
    file.size = size;
    if (file.isCompressed || size >= file.offset) return;
    const { onTruncate } = this.#options;
    logger.info('File is shorter than what was read of it.', {
      path: file.path,
      size,
      offset: file.offset,
      onTruncate,
    });
    if (onTruncate === 'ignore') return;
    const all = onTruncate === 'read_whole_file';
    file.startAt({ offset: all ? 0 : size, member: 0, records: all ? 0 : file.records, skipping: false });
    this.#parts.changed(file);
  }

  /** Finds files that were renamed. Returns the paths whose file is not known by its inode. */
  async #settleMoved(slots: Iterable<FileSlot>, ready: (file: TrackedFile) => void): Promise<readonly FileSlot[]> {
    const rest: FileSlot[] = [];
    for (const slot of slots) {
      this.#copies.delete(slot);
      slot.isChanged = false;
      if (slot.size === 0) continue;
      const file = this.#parts.known.at(slot.dev, slot.ino);
      if (!file || file.slot) rest.push(slot);
      else if (file.isReading) slot.isChanged = true;
      else if (await this.#isMovedHere(file, slot)) ready(file);
      else rest.push(slot);
    }
    return rest;
  }

  async #isMovedHere(file: TrackedFile, slot: FileSlot): Promise<boolean> {
    const head = await this.#headOf(file, slot);
    if (!head) return false;
    if (!beginsWith(head.bytes, file.fingerprint)) {
      // The inode belongs to another file by now, or to one that was written anew.
      await this.#parts.open.close(file);
      return false;
    }
    if (file.path !== slot.path) this.#parts.logger.debug('File was moved.', { from: file.path, path: slot.path });
    this.#attach(file, slot);
    this.#grow(file, head, slot.size);
    return true;
  }

  async #identify(slot: FileSlot, atEnd: boolean): Promise<TrackedFile | undefined> {
    const handle = await this.#openPath(slot);
    if (!handle) return undefined;
    const head = await this.#readFileHead(handle, slot);
    const file = head && head.bytes.length > 0 ? await this.#fileOf(slot, head, atEnd) : undefined;
    if (!head || !file) {
      await handle.close();
      return undefined;
    }
    file.isCompressed = head.isCompressed;
    await this.#parts.open.keep(file, handle);
    this.#attach(file, slot);
    this.#parts.known.setInode(file, slot.dev, slot.ino);
    this.#grow(file, head, slot.size);
    this.#parts.changed(file);
    return file;
  }

  /** The file that has these first bytes; undefined: another path has it, and this is a copy. */
  async #fileOf(slot: FileSlot, head: Head, atEnd: boolean): Promise<TrackedFile | undefined> {
    const { known, archive, logger } = this.#parts;
    const sameInode = known.at(slot.dev, slot.ino);
    if (sameInode?.slot && beginsWith(head.bytes, sameInode.fingerprint)) return this.#copyOf(sameInode, slot);
    for (const file of known.matches(head.bytes)) {
      const isThere = file.slot !== undefined || file.isReading;
      const equal = file.fingerprint.length === head.bytes.length;
      if (isThere && equal) return this.#copyOf(file, slot);
      if (file.isReading) {
        // It may have grown since its first bytes were looked at, and this be a copy of it.
        slot.isChanged = true;
        return undefined;
      }
      // A new file may begin as one does that was moved; a compressed one is what becomes of that.
      if (isThere || (file.handle && !head.isCompressed && (await isLinked(file.handle)))) continue;
      if (file.handle && head.isCompressed && (await isLinked(file.handle))) return this.#copyOf(file, slot);
      logger.debug('File is a copy of one that was read.', { from: file.path, path: slot.path });
      return file;
    }
    const fingerprint = fingerprintOf(head.bytes);
    const file = new TrackedFile(slot.path, fingerprint);
    const before = await archive?.take(head.bytes);
    file.startAt(before?.done ?? (atEnd ? endOf(slot, head) : beginning));
    if (before) file.header = before.header;
    known.add(file);
    logger.info('Started watching file', { path: slot.path });
    return file;
  }

  #copyOf(file: TrackedFile, slot: FileSlot): undefined {
    this.#copies.set(slot, file);
  }

  #attach(file: TrackedFile, slot: FileSlot): void {
    slot.tracked = file;
    file.slot = slot;
    file.path = slot.path;
    file.isLocal = slot.isLocal;
    file.lostAt = undefined;
    this.#lost.delete(file);
  }

  #detach(slot: FileSlot): void {
    this.#copies.delete(slot);
    const file = slot.tracked;
    slot.tracked = undefined;
    if (file?.slot === slot) this.#lose(file);
  }

  #lose(file: TrackedFile): void {
    file.slot = undefined;
    file.lostAt = this.#parts.clock.now();
    this.#lost.set(file, this.#polls);
  }

  /** Looks at the files at no path: what their handles still have is read. Returns those that are to be forgotten. */
  async #settleLost(ready: (file: TrackedFile) => void): Promise<readonly TrackedFile[]> {
    const old: TrackedFile[] = [];
    for (const [file, polls] of this.#lost) {
      if (file.isReading) continue;
      const { handle, lostAt = 0 } = file;
      if (handle && (await this.#lookAtLost(file, handle))) ready(file);
      else if (!handle && this.#isOld(lostAt, polls)) old.push(file);
    }
    return old;
  }

  /** Whether a copy of a file that is at no path would have been found by now. */
  #isOld(lostAt: number, polls: number): boolean {
    const { forgetMs, forgetPolls } = this.#options;
    return this.#parts.clock.now() - lostAt > forgetMs && this.#polls - polls >= forgetPolls;
  }

  async #forget(files: readonly TrackedFile[]): Promise<void> {
    const { known, archive, logger, forgotten } = this.#parts;
    for (const file of files) {
      this.#lost.delete(file);
      known.delete(file);
      logger.debug('File is forgotten.', { path: file.path });
    }
    if (files.length > 0) await archive?.put(files);
    for (const file of files) forgotten(file);
  }

  /** Whether a file that is only open has something to read. Closes it when nothing is to come. */
  async #lookAtLost(file: TrackedFile, handle: FileHandle): Promise<boolean> {
    const { clock, open } = this.#parts;
    const { size, nlink } = await handle.stat();
    const { path, isLocal } = file;
    const head = size === file.size ? undefined : await this.#readFileHead(handle, { size, path, isLocal });
    const isSame = size === file.size || (head !== undefined && beginsWith(head.bytes, file.fingerprint));
    if (isSame && head) this.#grow(file, head, size);
    if (isSame && size > file.readTo) return true;
    const { forgetMs } = this.#options;
    const quietFor = clock.now() - Math.max(file.lostAt ?? 0, file.grownAt);
    if (!isSame || quietFor > (nlink === 0 ? forgetMs : Math.max(forgetMs, movedMs))) await open.close(file);
    return false;
  }

  /**
   * Opens the file that was seen at a path. A file that cannot be opened is tried again with each poll; that is said
   * once. So is a path that has got another file since it was looked at: its lines would count as the first one's.
   */
  async #openPath(slot: FileSlot): Promise<FileHandle | undefined> {
    const failedBefore = slot.hasFailed;
    const handle = await OpenFiles.openPath(slot.path, (error) => {
      slot.isChanged = true;
      if (!slot.hasFailed) this.#parts.logger.error('Failed to open file', { path: slot.path, error });
      slot.hasFailed = true;
    });
    // One that can never be opened has been looked for once.
    if (!handle && !failedBefore) this.#hasMissed = true;
    if (!handle) return undefined;
    slot.hasFailed = false;
    const { dev, ino } = await statOfHandle(handle);
    if (dev === slot.dev && ino === slot.ino) return handle;
    slot.isChanged = this.#hasMissed = true;
    await handle.close();
    return undefined;
  }
}

const beginning: ReadProgress = { offset: 0, member: 0, records: 0, skipping: false };

function endOf({ size }: FileSlot, { isCompressed }: Head): ReadProgress {
  return { offset: isCompressed ? 0 : size, member: isCompressed ? size : 0, records: 0, skipping: false };
}

/** Whether the file has still a name. */
async function isLinked(handle: FileHandle): Promise<boolean> {
  const stats: fs.Stats = await handle.stat();
  return stats.nlink > 0;
}
