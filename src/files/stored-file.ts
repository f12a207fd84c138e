import { EntryMap } from '../entries/entry-map.js';
import type { Inode } from './inode.js';
import { fromStored, toStored } from './stored-value.js';
import { TrackedFile, type ReadProgress } from './tracked-file.js';

/** A file's state across restarts, as JSON. Digests are base64, inodes that no number is are digits. */
interface StoredFile {
  readonly path: string;
  readonly head: number;
  readonly digest: string;
  readonly dev: number;
  readonly ino: number | string;
  readonly done: ReadProgress;
  readonly gzip?: true;
  /** Attributes of its header, where that was read to its end. */
  readonly header?: unknown;
}

export function encodeFile(file: TrackedFile): Buffer {
  const { path, fingerprint, dev, ino, done, isCompressed, header } = file;
  const stored: StoredFile = {
    path,
    head: fingerprint.length,
    digest: Buffer.from(fingerprint.digest, 'latin1').toString('base64'),
    dev,
    ino: typeof ino === 'bigint' ? ino.toString() : ino,
    done,
    ...(isCompressed && { gzip: true }),
    ...(header && { header: toStored(header) }),
  };
  return Buffer.from(JSON.stringify(stored));
}

/** Undefined for bytes that are no such file. */
export function decodeFile(bytes: Uint8Array): TrackedFile | undefined {
  let stored: Partial<StoredFile> | null;
  try {
    stored = JSON.parse(Buffer.from(bytes).toString()) as Partial<StoredFile> | null;
  } catch {
    return undefined;
  }
  const { path, head, digest, dev, ino, done, gzip, header } = stored ?? {};
  if (typeof path !== 'string' || typeof digest !== 'string' || !isWhole(head) || !isProgress(done)) return undefined;
  const file = new TrackedFile(path, { length: head, digest: Buffer.from(digest, 'base64').toString('latin1') });
  file.dev = isWhole(dev) ? dev : 0;
  file.ino = inodeFrom(ino);
  file.isCompressed = gzip === true;
  file.startAt(done);
  const attributes = header === undefined ? undefined : fromStored(header);
  if (attributes instanceof EntryMap) file.header = attributes;
  return file;
}

function inodeFrom(stored: unknown): Inode {
  if (typeof stored === 'string' && /^\d{16,20}$/.test(stored)) return BigInt(stored);
  return isWhole(stored) ? stored : 0;
}

function isProgress(value: unknown): value is ReadProgress {
  if (typeof value !== 'object' || value === null) return false;
  const { offset, member, records, skipping } = value as Partial<ReadProgress>;
  return isWhole(offset) && isWhole(member) && isWhole(records) && typeof skipping === 'boolean';
}

function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
