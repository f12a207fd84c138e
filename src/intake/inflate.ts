import { decompress } from '../net/compression/decompress.js';
import { NoMemory } from '../net/compression/no-memory.js';
import { TooLarge } from '../net/compression/too-large.js';
import type { Reservation } from './admission.js';
import { refuse, type Plain, type Received, type Refused } from './request-state.js';

/**
 * Inflates a body to at most `limit` bytes. The compressed body stays in memory beside them while the batch can be sent
 * on in that form.
 */
export async function inflate(
  { body, encoding }: Received,
  limit: number,
  reservation: Reservation,
): Promise<Plain | Refused> {
  if (encoding === undefined) return { step: 'plain', plain: body, encoded: undefined };
  try {
    const packed = body.bytes.length;
    const { plain, whole } = await decompress(encoding, body.bytes, limit, (bytes) =>
      reservation.resize(packed + bytes),
    );
    // Never more than was admitted: what the codec took beside the result is free again.
    reservation.resize(plain.bytes.length + (whole ? packed : 0));
    if (whole) return { step: 'plain', plain, encoded: { encoding, body } };
    body.release();
    return { step: 'plain', plain, encoded: undefined };
  } catch (error) {
    body.release();
    if (error instanceof NoMemory) return refuse({ kind: 'no_memory' });
    if (error instanceof TooLarge) return refuse({ kind: 'too_large', limit, size: undefined });
    return refuse({ kind: 'broken_encoding', message: (error as Error).message });
  }
}
