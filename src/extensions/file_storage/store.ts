import path from 'node:path';
import {
  lengthOf,
  piecesOf,
  StorageError,
  type StorageClient,
  type StorageOperation,
  type StorageValue,
} from '../../component/storage.js';
import { isFull, syncFolder, type Disk } from './disk.js';
import { Calls, type WriteCall } from './calls.js';
import { compacted, temporaryPrefix, unfinishedSuffix } from './compaction.js';
import { deadFlagBytes, encodedLength, encodeFrame, mostBody, placedAt, type FrameOperation } from './frame.js';
import { ValueIndex, type Mark, type ValuePlace } from './value-index.js';
import { scanSegment } from './scan.js';
import { IdleFiles, newSegment, segmentsIn, type Segment } from './segment.js';
import { crcOf } from './value-crc.js';

/** A segment of this size gets no more frames. Bytes. */
const segmentBytes = 16 << 20;
/** On a full medium a segment of this size gets no more frames either, so that it can be removed. Bytes. */
const sealedWhenFull = 1 << 20;

/** Something in a file could not be read. */
export interface Damage {
  readonly file: string;
  /** The damage, in words. */
  readonly what: string;
  /** The keys of values that are lost; empty where they can't be known. */
  readonly keys: readonly string[];
}

export interface StoreOptions {
  readonly folder: string;
  readonly disk: Disk;
  /** A write is acknowledged only when the medium has it. */
  readonly fsync: boolean;
  /** Bytes that the files may have; 0: any. */
  readonly maxBytes: number;
  /** Data that could not be read at all was set aside before. */
  readonly afterDamage?: boolean;
  readonly compaction: {
    /** Where a segment is written before it takes the place of the one it came from. */
    readonly folder: string;
    /** Bytes that are written at once; 0: a whole segment. */
    readonly maxTransaction: number;
  };
  damaged(damage: Damage): void;
  /** A damaged file has another name from now on. */
  setAside(file: string): void;
  /** Something went wrong that can be made good later. */
  failed(what: string, error: unknown): void;
}

/** A frame that is to be appended. */
interface Pending {
  readonly call: WriteCall;
  readonly operations: readonly FrameOperation[];
  readonly length: number;
}

/** A delete that is done in place. */
interface InPlace {
  readonly call: WriteCall;
  readonly key: string;
  readonly place: ValuePlace;
}

/**
 * The data of one owner: segments in a folder, to the last of which each write is appended as one frame. The index in
 * memory says where the value of each key lies. A record that is no longer needed is marked in its place, and a segment
 * without any other is removed, so that giving up data needs no room on a full medium.
 */
export class Store implements StorageClient {
  readonly #options: StoreOptions;
  readonly #disk: Disk;
  readonly #records: ValueIndex = new ValueIndex();
  readonly #idle: IdleFiles = new IdleFiles();
  /** In order. */
  #segments: Segment[];
  /** The last segment, while it takes frames. */
  #active: Segment | undefined;
  #nextNumber = 1;
  /** Marks that are still to be made, before anything newer is removed. */
  #owed: Mark[] = [];
  /** Segments with marks that the medium may not have yet. */
  readonly #unsynced: Set<Segment> = new Set();
  readonly #calls: Calls;
  /** Values whose damage was reported. */
  readonly #reported: WeakSet<ValuePlace> = new WeakSet();
  #hasDamage: boolean;

  private constructor(options: StoreOptions, names: readonly string[]) {
    this.#options = options;
    this.#hasDamage = options.afterDamage === true;
    this.#disk = options.disk;
    this.#segments = segmentsIn(options.folder, names, options.disk, this.#idle);
    this.#calls = new Calls({
      commit: (group) => this.#commit(group),
      read: (key) => this.#read(key, this.#records.get(key)),
    });
  }

  /** Opens what there is in a folder. Rejects when it can't be read; damage is reported and passed over. */
  static async open(options: StoreOptions): Promise<Store> {
    const { folder, disk } = options;
    const names = await disk.list(folder);
    // Left by a process that was killed while it wrote a segment anew.
    for (const name of names)
      if (name.endsWith(unfinishedSuffix) || name.startsWith(temporaryPrefix))
        await disk.remove(path.join(folder, name));
    const store = new Store(options, names);
    for (const segment of store.#segments) await store.#load(segment);
    await store.#tidy();
    return store;
  }

  get hasDamage(): boolean {
    return this.#hasDamage;
  }

  /** Bytes of the files. */
  get fileBytes(): number {
    return this.#segments.reduce((sum, { length }) => sum + length, 0);
  }

  /** Bytes of the values that are needed. */
  get valueBytes(): number {
    return this.#records.bytes;
  }

  get count(): number {
    return this.#records.count;
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return this.#calls.read(key);
  }

  async set(key: string, value: StorageValue): Promise<void> {
    await this.#calls.write([{ kind: 'set', key, value }]);
  }

  async delete(key: string): Promise<void> {
    await this.#calls.write([{ kind: 'delete', key }]);
  }

  batch(operations: readonly StorageOperation[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.#calls.write(operations);
  }

  async keys(): Promise<readonly string[]> {
    let keys: readonly string[] = [];
    await this.#calls.exclusive(() => {
      keys = this.#records.keys();
      return Promise.resolve();
    });
    return keys;
  }

  async close(): Promise<void> {
    await this.#calls.close();
    this.#active = undefined;
    await this.#tidy();
    await Promise.all(this.#segments.map((segment) => segment.close()));
  }

  /** Writes anew every segment of which a part is no longer needed. */
  compact(): Promise<void> {
    return this.#calls.exclusive(() => this.#compact(0));
  }

  async #load(segment: Segment): Promise<void> {
    const file = segment.path;
    const damaged = (damage: Damage): void => {
      this.#hasDamage = true;
      this.#options.damaged(damage);
    };
    const last = segment === this.#segments.at(-1);
    this.#nextNumber = segment.number + 1;
    await segment.use(async (open) => {
      const size = await this.#disk.size(open);
      if (size === 0) damaged({ file, what: 'the file is empty', keys: [] });
      for await (const found of scanSegment(this.#disk, open, size, segment.marker)) {
        if (found.kind === 'frame') {
          for (const operation of found.operations) {
            const before = this.#records.apply(segment, operation);
            if (before) this.#owed.push(before);
          }
          segment.length = found.end;
          continue;
        }
        const from = found.from;
        const to = found.kind === 'damage' ? found.to : size;
        const what =
          found.kind === 'damage'
            ? `bytes ${from} to ${to} can't be read as records`
            : `the record at byte ${from} is not complete, ${to - from} bytes are there`;
        damaged({ file, what, keys: found.kind === 'damage' ? [] : found.operations.map(({ key }) => key) });
        if (found.kind === 'unfinished' && last) await this.#disk.truncate(open, from);
        else {
          segment.isDamaged = true;
          segment.length = to;
        }
      }
    });
    if (last && !segment.isDamaged && segment.length < this.#segmentBytes) this.#active = segment;
  }

  get #segmentBytes(): number {
    const { maxBytes } = this.#options;
    return maxBytes > 0 ? Math.min(segmentBytes, Math.ceil(maxBytes / 8)) : segmentBytes;
  }

  async #read(key: string, place: ValuePlace | undefined): Promise<Uint8Array | undefined> {
    if (!place) return undefined;
    const { segment, at, length, crc } = place;
    // Not of a pool: the value is kept, and its memory counts as a whole. It is filled by what is read.
    const value = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
    let read: number;
    try {
      read = await segment.use((file) => this.#disk.read(file, value, at));
    } catch (error) {
      throw failure(error, `can't read ${segment.path}`);
    }
    if (read === length && (await crcOf(value)) === crc) return value;
    const what = `the value at byte ${at} is damaged`;
    segment.isDamaged = true;
    // Nothing is added to a damaged file, so that it can be set aside.
    if (segment === this.#active) this.#active = undefined;
    if (!this.#reported.has(place)) this.#options.damaged({ file: segment.path, what, keys: [key] });
    this.#reported.add(place);
    throw new StorageError('damaged', `${segment.path}: ${what}`);
  }

  /** Does the writes of a group, each whole or not at all, and settles them. Never rejects. */
  async #commit(group: readonly WriteCall[]): Promise<void> {
    const frames: Pending[] = [];
    const inPlace: InPlace[] = [];
    const touched = new Set<string>();
    const found = new Map<WriteCall, (Uint8Array | undefined)[]>();
    for (const call of group) {
      try {
        found.set(call, await this.#foundBy(call));
        await this.#prepare(call, touched, frames, inPlace);
      } catch (error) {
        call.reject(failure(error, this.#options.folder));
      }
    }
    await this.#append(frames);
    await this.#mark(inPlace);
    await this.#tidy();
    for (const call of group) call.resolve(found.get(call) ?? []);
  }

  /** The values that the gets of a batch find at their places. */
  async #foundBy({ operations }: WriteCall): Promise<(Uint8Array | undefined)[]> {
    const own = new Map<string, StorageValue | undefined>();
    const values: (Uint8Array | undefined)[] = [];
    for (const operation of operations) {
      const { key } = operation;
      if (operation.kind === 'get')
        values.push(own.has(key) ? copyOf(own.get(key)) : await this.#read(key, this.#records.get(key)));
      else {
        own.set(key, operation.kind === 'set' ? operation.value : undefined);
        values.push(undefined);
      }
    }
    return values;
  }

  async #prepare(call: WriteCall, touched: Set<string>, frames: Pending[], inPlace: InPlace[]): Promise<void> {
    const operations: FrameOperation[] = [];
    let body = 0;
    for (const operation of call.operations) {
      if (operation.kind === 'get') continue;
      const { key } = operation;
      if (operation.kind === 'set') {
        body += lengthOf(operation.value);
        operations.push({ ...operation, crc: await crcOf(operation.value) });
      } else {
        const place = this.#records.get(key);
        if (call.operations.length === 1 && place && !touched.has(key)) {
          touched.add(key);
          inPlace.push({ call, key, place });
          return;
        }
        if (place || touched.has(key) || operations.some((each) => each.key === key)) operations.push(operation);
      }
    }
    if (body > mostBody) throw new StorageError('full', 'a batch has 4 GiB at most');
    for (const { key } of operations) touched.add(key);
    if (operations.length > 0) frames.push({ call, operations, length: encodedLength(operations) });
  }

  /** Appends frames, all at once where that works, and rejects the calls of those that could not be. */
  async #append(frames: readonly Pending[]): Promise<void> {
    const fitting = await this.#fitting(frames);
    if (fitting.length === 0) return;
    let segment: Segment;
    try {
      segment = this.#active ?? this.#begin();
      await this.#write(segment, fitting);
    } catch (error) {
      if (isFull(error) && (await this.#madeRoom())) return this.#append(fitting);
      // Frames that are too large together may fit alone.
      if (fitting.length > 1) for (const each of fitting) await this.#append([each]);
      else for (const { call } of fitting) call.reject(failure(error, this.#options.folder));
      return;
    }
    if (segment.length >= this.#segmentBytes) this.#active = undefined;
  }

  /** Nothing more is appended to a large segment of a full medium. True when that removed it. */
  async #madeRoom(): Promise<boolean> {
    const segment = this.#active;
    if (!segment || segment.length < sealedWhenFull) return false;
    this.#active = undefined;
    await this.#tidy();
    return !this.#segments.includes(segment);
  }

  /** Rejects the calls for whose frames `maxBytes` leaves no room. */
  async #fitting(frames: readonly Pending[]): Promise<Pending[]> {
    const { maxBytes } = this.#options;
    if (maxBytes === 0) return [...frames];
    const fitting: Pending[] = [];
    let bytes = this.fileBytes;
    for (const frame of frames) {
      if (bytes + frame.length > maxBytes && fitting.length === 0) {
        await this.#compact(bytes + frame.length - maxBytes).catch((error: unknown) =>
          this.#options.failed('could not make room', error),
        );
        bytes = this.fileBytes;
      }
      if (bytes + frame.length > maxBytes) {
        frame.call.reject(full());
        continue;
      }
      bytes += frame.length;
      fitting.push(frame);
    }
    return fitting;
  }

  #begin(): Segment {
    const segment = newSegment(this.#options.folder, this.#nextNumber++, this.#disk, this.#idle);
    this.#segments.push(segment);
    this.#active = segment;
    return segment;
  }

  /** Appends frames to a segment, or rejects and leaves it as it was. */
  async #write(segment: Segment, frames: readonly Pending[]): Promise<void> {
    const { fsync, folder } = this.#options;
    const isNew = segment.length === 0;
    const from = segment.length;
    const pieces: Uint8Array[] = [];
    for (const { operations } of frames) pieces.push(...encodeFrame(segment.marker, operations).pieces);
    try {
      await segment.use(async (file) => {
        await this.#disk.write(file, pieces, from);
        if (!fsync) return;
        await this.#disk.sync(file);
        this.#unsynced.delete(segment);
      });
      if (fsync && isNew) await syncFolder(this.#disk, folder);
    } catch (error) {
      // Nothing is appended behind a frame that may be there in part.
      await segment.use((file) => this.#disk.truncate(file, from)).catch(() => (this.#active = undefined));
      throw error;
    }
    for (const { operations, length } of frames) {
      for (const operation of placedAt(segment.length, operations)) {
        const before = this.#records.apply(segment, operation);
        if (before) this.#owed.push(before);
      }
      segment.length += length;
    }
  }

  /** Deletes in place. An older value that is not marked yet would come back, so that those come first. */
  async #mark(deletes: readonly InPlace[]): Promise<void> {
    await this.#payMarks();
    await Promise.all(
      deletes.map(async ({ call, key, place }) => {
        try {
          if (this.#owed.length > 0) throw new StorageError('io', `can't mark what is no longer needed`);
          await this.#markDead(place);
          if (this.#options.fsync) await place.segment.use((file) => this.#disk.sync(file));
          // A set of the same group may have put another value there meanwhile.
          if (this.#records.get(key) === place) this.#records.remove(key);
        } catch (error) {
          call.reject(failure(error, place.segment.path));
        }
      }),
    );
  }

  async #payMarks(): Promise<void> {
    const owed = this.#owed;
    this.#owed = [];
    await Promise.all(
      owed.map(async (mark) => {
        try {
          await this.#markDead(mark);
        } catch (error) {
          this.#owed.push(mark);
          this.#options.failed('could not mark a record that is no longer needed', error);
        }
      }),
    );
  }

  async #markDead({ segment, flagAt }: Mark): Promise<void> {
    await segment.use((file) => this.#disk.write(file, [deadFlagBytes], flagAt));
    if (this.#options.fsync) this.#unsynced.add(segment);
  }

  /** Removes the segments of which nothing is needed, once everything is on the medium that this relies on. */
  async #tidy(): Promise<void> {
    await this.#payMarks();
    const empty = this.#segments.filter((segment) => segment.live === 0 && segment !== this.#active);
    if (empty.length === 0 || this.#owed.length > 0) return;
    try {
      for (const segment of [...this.#unsynced]) {
        if (!empty.includes(segment)) await segment.use((file) => this.#disk.sync(file));
        this.#unsynced.delete(segment);
      }
      for (const segment of empty) {
        if (segment === this.#active) this.#active = undefined;
        const aside = await segment.leave();
        if (aside !== undefined) this.#options.setAside(aside);
        this.#segments = this.#segments.filter((each) => each !== segment);
      }
    } catch (error) {
      this.#options.failed('could not remove a file that is no longer needed', error);
    }
  }

  /** Writes segments anew without what is no longer needed, those with most of it first, until `enough` is won. */
  async #compact(enough: number): Promise<void> {
    const { compaction, fsync, folder } = this.#options;
    const won = (): number => before - this.fileBytes;
    const before = this.fileBytes;
    if (this.#active?.live === 0) {
      this.#active = undefined;
      await this.#tidy();
    }
    const wasted = ({ length, liveBytes }: Segment): number => length - liveBytes;
    const order = this.#segments
      .filter((segment) => segment.liveBytes < (segment.length * 9) / 10 && !segment.isDamaged)
      .sort((a, b) => wasted(b) - wasted(a));
    for (const segment of order) {
      if (enough > 0 && won() >= enough) return;
      if (segment === this.#active) this.#active = undefined;
      const to = { ...compaction, fsync, disk: this.#disk };
      const written = await compacted(segment, this.#records.in(segment), to);
      if (!written) {
        segment.isDamaged = true;
        continue;
      }
      for (const [key, place] of written.places) {
        this.#records.remove(key);
        this.#records.put(key, place);
      }
      segment.length = written.length;
      if (fsync) await syncFolder(this.#disk, folder);
    }
    await this.#tidy();
  }
}

function copyOf(value: StorageValue | undefined): Uint8Array | undefined {
  return value && new Uint8Array(Buffer.concat(piecesOf(value)));
}

function full(): StorageError {
  return new StorageError('full', 'the storage extension has run out of available space');
}

function failure(error: unknown, what: string): StorageError {
  if (error instanceof StorageError) return error;
  if (isFull(error))
    return new StorageError('full', `${full().message}: ${(error as Error).message}`, { cause: error });
  return new StorageError('io', `${what}: ${(error as Error).message}`, { cause: error });
}
