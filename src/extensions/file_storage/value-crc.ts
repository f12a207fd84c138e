import { crc32 } from 'node:zlib';
import { lengthOf, piecesOf, type StorageValue } from '../../component/storage.js';
import { resultInTurns } from '../../component/turn.js';
import type { InPieces } from '../../otlp/work.js';

/** Bytes whose CRC is computed without a pause: half a millisecond. */
const atOnce = 1 << 20;

/** The CRC-32 of a value; of a long one in several turns of the event loop. */
export function crcOf(value: StorageValue): number | Promise<number> {
  if (lengthOf(value) > atOnce) return resultInTurns(inPieces(value));
  let crc = 0;
  for (const piece of piecesOf(value)) crc = crc32(piece, crc);
  return crc;
}

function* inPieces(value: StorageValue): InPieces<number> {
  let crc = 0;
  for (const piece of piecesOf(value))
    for (let at = 0; at < piece.length; at += atOnce) {
      crc = crc32(piece.subarray(at, at + atOnce), crc);
      yield;
    }
  return crc;
}
