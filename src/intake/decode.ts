import type { Batch } from '../otlp/batch.js';
import type { Signal } from '../otlp/signal.js';
import { validate } from '../otlp/wire/validate.js';
import { refused, release, type Decoded, type Plain, type Refused } from './request-state.js';

/** Writes a body of another format as OTLP protobuf. Throws an error that says what is wrong with the body. */
export type Transcode = (signal: Signal, bytes: Uint8Array) => Uint8Array;

/** Checks and indexes every field of a body, which `transcode` writes as OTLP protobuf first when it is in another format. */
export function decode(body: Plain, signal: Signal, transcode: Transcode | undefined): Decoded | Refused {
  const { plain, encoded } = body;
  const memory = encoded ? [plain, encoded.body] : [plain];
  try {
    if (!transcode) return { step: 'decoded', batch: batchOf(body, signal), memory };
    const batch = validate(signal, transcode(signal, plain.bytes));
    // The text is not read again.
    release(memory);
    return { step: 'decoded', batch, memory: [] };
  } catch (error) {
    release(memory);
    return refused({ kind: 'invalid', message: (error as Error).message });
  }
}

function batchOf({ plain, encoded }: Plain, signal: Signal): Batch {
  const batch = validate(signal, plain.bytes);
  // A batch that had to be rewritten is not what the compressed body holds.
  if (!encoded || batch.bytes !== plain.bytes) return batch;
  return batch.withEncodedBody({ encoding: encoded.encoding, bytes: encoded.body.bytes });
}
