import type { Batch } from '../otlp/batch.js';
import type { Signal } from '../otlp/signal.js';
import { validate } from '../otlp/wire/validate.js';
import { refuse, releaseAll, type Decoded, type Plain, type Refused } from './request-state.js';

/** Converts a body of another format to OTLP protobuf. Throws an error that names the fault of the body. */
export type Transcode = (signal: Signal, bytes: Uint8Array) => Uint8Array;

/** Validates and indexes a body. A body of another format is converted by `transcode` first. */
export function decode(body: Plain, signal: Signal, transcode: Transcode | undefined): Decoded | Refused {
  const { plain, encoded } = body;
  const memory = encoded ? [plain, encoded.body] : [plain];
  try {
    if (!transcode) return { step: 'decoded', batch: batchOf(body, signal), memory };
    const batch = validate(signal, transcode(signal, plain.bytes));
    // Nothing reads the body of the other format any more.
    releaseAll(memory);
    return { step: 'decoded', batch, memory: [] };
  } catch (error) {
    releaseAll(memory);
    return refuse({ kind: 'invalid', message: (error as Error).message });
  }
}

function batchOf({ plain, encoded }: Plain, signal: Signal): Batch {
  const batch = validate(signal, plain.bytes);
  // The compressed body has the bytes before deprecated scopes were migrated.
  if (!encoded || batch.bytes !== plain.bytes) return batch;
  return batch.withEncodedBody({ encoding: encoded.encoding, bytes: encoded.body.bytes });
}
