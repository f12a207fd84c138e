import { JsonEncoding, protoToJson } from '../otlp/json/encode.js';
import type { Batch } from '../otlp/batch.js';
import { inTurns } from './turn.js';

/** Batches up to this size are written at once: some milliseconds even when they are nothing but empty items. Bytes. */
const atOnceBytes = 64 << 10;

/** A batch as OTLP/JSON: a large one in as many turns of the event loop as it needs. */
export function jsonBody({ signal, bytes }: Batch): Uint8Array | Promise<Uint8Array> {
  return bytes.length <= atOnceBytes ? protoToJson(signal, bytes) : encoded(new JsonEncoding(signal, bytes));
}

async function encoded(encoding: JsonEncoding): Promise<Uint8Array> {
  await inTurns(encoding);
  return encoding.finish();
}
