import { JsonEncoding, protoToJson } from '../otlp/json/encode.js';
import type { Batch } from '../otlp/batch.js';
import type { InPieces } from '../otlp/work.js';
import type { CancelSignal } from './cancellation.js';
import type { MadeBytes } from './made-room.js';
import { resultInTurns } from './turn.js';

/** Batches up to this size are written at once: some milliseconds even when they are nothing but empty items. Bytes. */
const atOnceBytes = 64 << 10;
/** Bytes of JSON for each one of protobuf, about; reserved before any is made. */
const perByte = 2;

/**
 * A batch as OTLP/JSON: a large one in as many turns of the event loop as it needs. The JSON has its room in `made`,
 * for which it waits unless `signal` is cancelled.
 */
export function jsonBody(
  batch: Batch,
  made: MadeBytes,
  signal: CancelSignal | undefined,
): Uint8Array | Promise<Uint8Array> {
  const { bytes } = batch;
  if (bytes.length > atOnceBytes || !made.fits(bytes.length * perByte)) return later(batch, made, signal);
  const json = protoToJson(batch.signal, bytes);
  return made.fits(json.length) ? json : made.grow(json.length, signal).then(() => json);
}

async function later(batch: Batch, made: MadeBytes, signal: CancelSignal | undefined): Promise<Uint8Array> {
  await made.grow(batch.bytes.length * perByte, signal);
  const encoding = new JsonEncoding(batch.signal, batch.bytes);
  while (!(await resultInTurns(whileFits(encoding, made)))) await made.grow(encoding.memory, signal);
  return encoding.finish();
}

/** Encodes as far as there is room; true when all of it is written. */
function* whileFits(encoding: JsonEncoding, made: MadeBytes): InPieces<boolean> {
  for (;;) {
    const goesOn = encoding.step();
    if (!made.fits(encoding.memory)) return false;
    if (!goesOn) return true;
    yield;
  }
}
