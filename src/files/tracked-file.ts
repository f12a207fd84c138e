import type { FileHandle } from 'node:fs/promises';
import type { EntryMap } from '../entries/entry-map.js';
import type { FileSlot } from './file-slot.js';
import type { Fingerprint } from './fingerprint.js';
import type { Inode } from './inode.js';

/** How far a file was read. */
export interface ReadProgress {
  /** Where the next line begins; of a compressed file, in what it holds from `member` on. */
  readonly offset: number;
  /** Where the part of a compressed file begins that is not done with; 0 for any other. */
  readonly member: number;
  /** Lines before it. */
  readonly records: number;
  /** Whether the line there is the rest of one that was truncated. */
  readonly skipping: boolean;
}

/** Everything that is known of a file whose lines are read, whatever path it has. */
export class TrackedFile {
  /** A path that it has, or had last. */
  path: string;
  fingerprint: Fingerprint;
  dev = 0;
  ino: Inode = 0;
  /** The path of the globs at which it is; undefined: it is not at any. */
  slot: FileSlot | undefined = undefined;
  handle: FileHandle | undefined = undefined;
  /** Whether it lies on a disk of this machine. */
  isLocal = false;
  /** Whether it is read through gzip. */
  isCompressed = false;

  /** Lines up to here are in batches; those of the batches that were accepted end at `done`. */
  offset = 0;
  member = 0;
  records = 0;
  skipping = false;
  done: ReadProgress = { offset: 0, member: 0, records: 0, skipping: false };
  /** Grows when the file begins anew: what was on its way before does not move `done` any more. */
  epoch = 0;
  /** Where the lines begin that are not done with, while some may be held back. */
  lines: number[] = [];

  /** Attributes that its header gave; undefined: the header was not read to its end. */
  header: EntryMap | undefined = undefined;
  /** Bytes of it that were seen, and when they last became more. */
  size = 0;
  grownAt = 0;
  /** The size at which a reader last found its end; -1: none has. */
  readTo = -1;
  /** When it was no longer at any path; undefined: it is. */
  lostAt: number | undefined = undefined;
  /** Whether a reader has it. */
  isReading = false;
  /** Whether something came while a reader had it. */
  isBehind = false;
  /** The number under which it is stored; -1: it is not. */
  record = -1;

  constructor(path: string, fingerprint: Fingerprint) {
    this.path = path;
    this.fingerprint = fingerprint;
  }

  get progress(): ReadProgress {
    return { offset: this.offset, member: this.member, records: this.records, skipping: this.skipping };
  }

  /** Begins to read at a place, which counts as done. */
  startAt(progress: ReadProgress): void {
    this.offset = progress.offset;
    this.member = progress.member;
    this.records = progress.records;
    this.skipping = progress.skipping;
    this.done = progress;
    this.epoch++;
    this.lines = [];
    this.readTo = -1;
  }
}
