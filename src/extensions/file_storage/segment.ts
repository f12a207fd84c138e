import { constants } from 'node:fs';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import type { Disk } from './disk.js';
import { markerBytes } from './frame.js';

const suffix = '.seg';

/** Files of one store that are open at a time without being used: reading goes from the oldest to the newest. */
const mostIdle = 4;

/**
 * One file of a store. Frames are added at its end; of those that are there only flags change. The name has the number
 * that orders the segments, and the random marker of its frames, which data of a sender can't contain on purpose.
 */
export class Segment {
  readonly number: number;
  readonly marker: Buffer;
  readonly path: string;
  /** Bytes of whole frames. */
  length = 0;
  /** Values that are needed. */
  live = 0;
  /** Bytes of these. */
  liveBytes = 0;
  /** Damage was found: it is set aside, not removed, once nothing of it is needed. */
  isDamaged = false;
  readonly #disk: Disk;
  readonly #idle: IdleFiles;
  #file: Promise<number> | undefined;
  /** Only the first use of a new segment makes its file. */
  #flags: number;
  #users = 0;
  #unused: (() => void) | undefined;

  constructor(folder: string, number: number, marker: Buffer, disk: Disk, idle: IdleFiles, isNew: boolean) {
    this.number = number;
    this.marker = marker;
    this.path = path.join(folder, `${String(number).padStart(10, '0')}-${marker.toString('hex')}${suffix}`);
    this.#disk = disk;
    this.#idle = idle;
    this.#flags = isNew ? constants.O_RDWR | constants.O_CREAT | constants.O_EXCL : constants.O_RDWR;
  }

  get inUse(): boolean {
    return this.#users > 0;
  }

  /** Runs `run` with the open file, which stays open meanwhile. */
  async use<T>(run: (file: number) => Promise<T>): Promise<T> {
    this.#users++;
    try {
      this.#file ??= this.#opened();
      return await run(await this.#file);
    } finally {
      if (--this.#users === 0) {
        this.#unused?.();
        if (this.#file) await this.#idle.add(this);
      }
    }
  }

  #opened(): Promise<number> {
    const file = this.#disk.open(this.path, this.#flags, 0o600);
    file.then(
      () => (this.#flags = constants.O_RDWR),
      () => (this.#file = undefined),
    );
    return file;
  }

  /** Closes the file once it is not used; it is opened again by the next use. */
  async close(): Promise<void> {
    this.#idle.forget(this);
    while (this.#users > 0) await new Promise<void>((resolve) => (this.#unused = resolve));
    const file = this.#file;
    this.#file = undefined;
    if (file) await this.#disk.close(await file);
  }

  /** Another file takes the place of this one, once nobody reads it any more. */
  async replaceBy(put: () => Promise<void>): Promise<void> {
    await this.close();
    await put();
  }

  /** Removes the file, or, when it was damaged, gives it another name, which it resolves with. */
  async leave(): Promise<string | undefined> {
    await this.close();
    if (!this.isDamaged) {
      // The file of a new one may never have been made.
      if (this.#flags === constants.O_RDWR) await this.#disk.remove(this.path);
      return undefined;
    }
    const aside = `${this.path}.damaged`;
    await this.#disk.rename(this.path, aside);
    return aside;
  }
}

/** Closes the files that were not used for the longest time. */
export class IdleFiles {
  readonly #segments: Set<Segment> = new Set();

  async add(segment: Segment): Promise<void> {
    this.#segments.delete(segment);
    this.#segments.add(segment);
    if (this.#segments.size <= mostIdle) return;
    for (const oldest of this.#segments)
      if (!oldest.inUse) {
        await oldest.close();
        return;
      }
  }

  forget(segment: Segment): void {
    this.#segments.delete(segment);
  }
}

export function newSegment(folder: string, number: number, disk: Disk, idle: IdleFiles): Segment {
  return new Segment(folder, number, randomBytes(markerBytes), disk, idle, true);
}

/** The segments in a folder by their names, in order; other files are left alone. */
export function segmentsIn(folder: string, names: readonly string[], disk: Disk, idle: IdleFiles): Segment[] {
  const found: Segment[] = [];
  for (const name of names) {
    const match = /^(\d{10})-([0-9a-f]{16})\.seg$/.exec(name);
    if (match?.[1] !== undefined && match[2] !== undefined)
      found.push(new Segment(folder, Number(match[1]), Buffer.from(match[2], 'hex'), disk, idle, false));
  }
  return found.sort((a, b) => a.number - b.number);
}
