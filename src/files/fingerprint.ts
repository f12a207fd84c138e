import { createHash } from 'node:crypto';

/**
 * The identity of a file: a digest of its first bytes, as many as there were, and at most `fingerprint_size`. The
 * bytes themselves are kept of few files: those of a hundred thousand would take a hundred megabytes.
 */
export interface Fingerprint {
  readonly length: number;
  /** 16 bytes of a SHA-256, as Latin-1. */
  readonly digest: string;
}

export function fingerprintOf(head: Uint8Array, length: number = head.length): Fingerprint {
  const digest = createHash('sha256').update(head.subarray(0, length)).digest().toString('latin1', 0, 16);
  return { length, digest };
}

/** Bytes of first bytes that are kept: of a thousand files, with a `fingerprint_size` of 1,000. */
const mostKept = 2 ** 20;

/** First bytes that have the digest of a fingerprint, of the files that were looked at last; the oldest first. */
const kept: Map<Fingerprint, Buffer> = new Map();
let keptBytes = 0;

/**
 * Whether a file whose first bytes are `head` begins with those of the fingerprint, which are not none. That is asked
 * twice for each poll in which a file has grown: comparing bytes costs a tenth of a digest of them.
 */
export function beginsWith(head: Uint8Array, fingerprint: Fingerprint): boolean {
  const { length, digest } = fingerprint;
  if (length === 0 || head.length < length) return false;
  const known = kept.get(fingerprint);
  if (known) return known.compare(head, 0, length) === 0;
  if (fingerprintOf(head, length).digest !== digest) return false;
  keep(fingerprint, head.subarray(0, length));
  return true;
}

function keep(fingerprint: Fingerprint, head: Uint8Array): void {
  const copy = Buffer.allocUnsafeSlow(head.length);
  copy.set(head);
  kept.set(fingerprint, copy);
  keptBytes += copy.length;
  for (const [oldest, { length }] of kept) {
    if (keptBytes <= mostKept || oldest === fingerprint) return;
    kept.delete(oldest);
    keptBytes -= length;
  }
}
