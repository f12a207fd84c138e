import { fingerprintOf, type Fingerprint } from './fingerprint.js';
import type { Inode } from './inode.js';
import type { TrackedFile } from './tracked-file.js';

/** The files that are known, by what tells them apart: device and inode, and the digest of their first bytes. */
export class KnownFiles {
  readonly #all: Set<TrackedFile> = new Set();
  readonly #byInode: Map<string, TrackedFile> = new Map();
  /** By length of the fingerprint, then by its digest. */
  readonly #byDigest: Map<number, Map<string, Set<TrackedFile>>> = new Map();

  get size(): number {
    return this.#all.size;
  }

  [Symbol.iterator](): IterableIterator<TrackedFile> {
    return this.#all.values();
  }

  add(file: TrackedFile): void {
    this.#all.add(file);
    if (file.ino !== 0) this.#byInode.set(inodeKey(file.dev, file.ino), file);
    this.#enter(file);
  }

  delete(file: TrackedFile): void {
    this.#all.delete(file);
    this.#forgetInode(file);
    this.#leave(file);
  }

  at(dev: number, ino: Inode): TrackedFile | undefined {
    return this.#byInode.get(inodeKey(dev, ino));
  }

  /** The file has become longer. */
  setFingerprint(file: TrackedFile, fingerprint: Fingerprint): void {
    this.#leave(file);
    file.fingerprint = fingerprint;
    this.#enter(file);
  }

  /** The file is another one of the file system. */
  setInode(file: TrackedFile, dev: number, ino: Inode): void {
    this.#forgetInode(file);
    file.dev = dev;
    file.ino = ino;
    this.#byInode.set(inodeKey(dev, ino), file);
  }

  /** The files whose first bytes are the first of `head`, those with the longest fingerprint first. */
  matches(head: Uint8Array): TrackedFile[] {
    const lengths = [...this.#byDigest.keys()].filter((length) => length <= head.length).sort((a, b) => b - a);
    return lengths.flatMap((length) => [
      ...(this.#byDigest.get(length)?.get(fingerprintOf(head, length).digest) ?? []),
    ]);
  }

  #enter(file: TrackedFile): void {
    const { length, digest } = file.fingerprint;
    let ofLength = this.#byDigest.get(length);
    if (!ofLength) this.#byDigest.set(length, (ofLength = new Map()));
    const files = ofLength.get(digest);
    if (files) files.add(file);
    else ofLength.set(digest, new Set([file]));
  }

  #leave(file: TrackedFile): void {
    const { length, digest } = file.fingerprint;
    const ofLength = this.#byDigest.get(length);
    const files = ofLength?.get(digest);
    files?.delete(file);
    if (files?.size === 0) ofLength?.delete(digest);
    if (ofLength?.size === 0) this.#byDigest.delete(length);
  }

  #forgetInode(file: TrackedFile): void {
    const key = inodeKey(file.dev, file.ino);
    if (this.#byInode.get(key) === file) this.#byInode.delete(key);
  }
}

function inodeKey(dev: number, ino: Inode): string {
  return `${dev}:${ino}`;
}
