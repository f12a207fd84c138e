import { createHash } from 'node:crypto';

/**
 * The identity of a file: a digest of its first bytes, as many as there were, and at most `fingerprint_size`. The
 * bytes themselves are not kept: a hundred thousand files would take a hundred megabytes.
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

/** Whether a file whose first bytes are `head` begins with those of the fingerprint, which are not none. */
export function beginsWith(head: Uint8Array, { length, digest }: Fingerprint): boolean {
  return length > 0 && head.length >= length && fingerprintOf(head, length).digest === digest;
}
