import { inTurns } from '../component/turn.js';
import type { Batch } from '../otlp/batch.js';
import type { Signal } from '../otlp/signal.js';
import { validate, Validation } from '../otlp/wire/validate.js';
import { atOnce, pieceBytes, visitedAtOnce, type Work } from '../otlp/work.js';
import type { Reservation } from './admission.js';
import { refuse, releaseAll, type Decoded, type Plain, type Refused } from './request-state.js';

/** Work whose memory is admitted as it grows. */
interface Growing extends Work {
  /** Bytes that the work takes by now beside the body that it reads, its result included. */
  readonly memory: number;
}

/** Converts a body of another format to OTLP protobuf in pieces. `step` throws an error that names the body's fault. */
export interface Transcoding extends Growing {
  /** The result, once `step` has returned false. */
  finish(): Uint8Array;
  /** A sentence about data that was not read, for a request in which so many items were; undefined: there is none. */
  unread(items: number): string | undefined;
}

export type Transcode = (signal: Signal, bytes: Uint8Array) => Transcoding;

/**
 * Memory of a request beside its bytes, in multiples of its index: the index, and once more for the work of cutting the
 * batch into parts. Of an item of two bytes it is sixteen times the size.
 */
const perIndexByte = 2;

class NoMemory extends Error {}

/**
 * Validates and indexes a body; the index is admitted as the body is. A body of another format is converted by
 * `transcode` first. A large body takes several turns of the event loop.
 */
export function decode(
  body: Plain,
  signal: Signal,
  transcode: Transcode | undefined,
  reservation: Reservation,
): Decoded | Refused | Promise<Decoded | Refused> {
  if (transcode || body.plain.bytes.length > visitedAtOnce) return decodeInTurns(body, signal, transcode, reservation);
  try {
    return decoded(body, validate(signal, body.plain.bytes), reservation.bytes, reservation);
  } catch (error) {
    return refused(body, error);
  }
}

async function decodeInTurns(
  body: Plain,
  signal: Signal,
  transcode: Transcode | undefined,
  reservation: Reservation,
): Promise<Decoded | Refused> {
  const { plain } = body;
  let size = reservation.bytes;
  let { bytes } = plain;
  try {
    const transcoding = transcode?.(signal, bytes);
    if (transcoding) {
      await admitted(transcoding, bytes.length, size, reservation);
      bytes = transcoding.finish();
      size += bytes.length;
    }
    const work = new Validation(signal, bytes);
    await admitted(work, bytes.length, size, reservation);
    const batch = work.finish();
    if (!transcoding) return decoded(body, batch, size, reservation);
    // Nothing reads the body of the other format any more.
    releaseAll(memoryOf(body));
    return withMemory(batch, [], bytes.length, reservation, transcoding.unread(batch.itemCount));
  } catch (error) {
    return refused(body, error);
  }
}

/** Does the work beside `size` bytes that are reserved, a small one at once. Rejects when no memory is left. */
async function admitted(work: Growing, input: number, size: number, reservation: Reservation): Promise<void> {
  const each: Work = {
    step() {
      const goesOn = work.step();
      if (!reservation.resize(size + work.memory)) throw new NoMemory();
      return goesOn;
    },
  };
  if (input <= pieceBytes) atOnce(each);
  else await inTurns(each);
}

function decoded(body: Plain, batch: Batch, size: number, reservation: Reservation): Decoded | Refused {
  const { plain, encoded } = body;
  // The compressed body has the bytes before deprecated scopes were migrated.
  const whole = encoded && batch.bytes === plain.bytes;
  return withMemory(
    whole ? batch.withEncodedBody({ encoding: encoded.encoding, bytes: encoded.body.bytes }) : batch,
    memoryOf(body),
    batch.bytes === plain.bytes ? size : size + batch.bytes.length,
    reservation,
  );
}

function withMemory(
  batch: Batch,
  memory: Decoded['memory'],
  size: number,
  reservation: Reservation,
  unread?: string,
): Decoded | Refused {
  const index = batch.knownIndex?.byteLength ?? 0;
  if (reservation.resize(size + index * perIndexByte)) return { step: 'decoded', batch, memory, unread };
  releaseAll(memory);
  return refuse({ kind: 'no_memory' });
}

function refused(body: Plain, error: unknown): Refused {
  releaseAll(memoryOf(body));
  return refuse(
    error instanceof NoMemory ? { kind: 'no_memory' } : { kind: 'invalid', message: (error as Error).message },
  );
}

function memoryOf({ plain, encoded }: Plain): Decoded['memory'] {
  return encoded ? [plain, encoded.body] : [plain];
}
