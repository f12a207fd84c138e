import { decompress } from '../net/compression/decompress.js';
import { TooLarge } from '../net/compression/too-large.js';
import type { Reservation } from './admission.js';
import { refused, type Plain, type Received, type Refused } from './request-state.js';

/** Removes the compression of a body, to at most `limit` bytes. A body that can leave as it came stays in memory beside them. */
export async function inflate({ body, encoding }: Received, limit: number, reservation: Reservation): Promise<Plain | Refused> {
  if (encoding === undefined) return { step: 'plain', plain: body, encoded: undefined };
  try {
    const { plain, whole } = await decompress(encoding, body.bytes, limit);
    if (!reservation.resize(plain.bytes.length + (whole ? body.bytes.length : 0))) {
      plain.release();
      body.release();
      return refused({ kind: 'no_memory' });
    }
    if (whole) return { step: 'plain', plain, encoded: { encoding, body } };
    body.release();
    return { step: 'plain', plain, encoded: undefined };
  } catch (error) {
    body.release();
    if (error instanceof TooLarge) return refused({ kind: 'too_large', limit, size: undefined });
    return refused({ kind: 'broken_encoding', message: (error as Error).message });
  }
}
