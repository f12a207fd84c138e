// A raw DEFLATE decoder (RFC 1951) of its own memory: reserve, write the input to inputAt(), begin, and take pieces
// from pieceAt() while `more` makes them. In pieces, since what is decoded, the history it refers to and the tables
// stay in a core's own cache that way, also for the checksum, and for the host, which copies each piece to where all of
// it is wanted.
import { beginFold, fold } from '../crc32/fold';
import { decodeBlock } from './block';
import { readDynamicCodes, resetBuilds, useFixedCodes } from './codes';
import { BAD_BLOCK, BAD_CALL, BAD_STORED, OK, PAUSED, TRUNCATED } from './result';
import {
  byteAlign, input, inputEnd, inputStart, open, output, outputEnd, overread, saveOutput, saveReader, slide, take,
} from './state';
import { HOLD, folding } from './layout';
import { writeTemplates } from './templates';

export { FAR as foldedSize, folded } from '../crc32/fold';
export { tablesBuilt } from './codes';

/** Zeroed bytes behind the input: the reader may look there, and fails if it takes anything from there. */
const INPUT_SLACK: usize = 64;
/** Bytes behind a piece that may be written to: one round of literals, a match and the overrun of its copy. */
const OUTPUT_SLACK: usize = 320;
/** Bytes behind what was written that folding reads. */
const FOLD_SLACK: usize = 64;
/** How far back a match reaches. */
const HISTORY: usize = 32 * 1024;
const PIECE: usize = 64 * 1024;
const MOST: usize = 2 << 20;

/** The state of a stream between two pieces. */
const NOTHING: u32 = 0;
const CODES: u32 = 1;
const STORED: u32 = 2;

let ready = false;
let within: u32 = NOTHING;
let storedLeft: usize = 0;
let last: u32 = 0;
let begun = false;
let done = false;
let piece: usize = 0;
let folds = false;

export function inputAt(): usize {
  return (__heap_base + 63) & ~63;
}

/** Where pieces appear. Another place after the next `reserve`. */
export function pieceAt(): usize {
  return piece;
}

/** Has room for an input of this size; false if it is too large or memory is short. */
export function reserve(inputLength: usize): bool {
  if (inputLength > MOST) return false;
  piece = ((inputAt() + inputLength + INPUT_SLACK + 63) & ~63) + HISTORY;
  const pages = (((piece + PIECE + OUTPUT_SLACK + FOLD_SLACK + 0xffff) >>> 16) as i32) - memory.size();
  return pages <= 0 || memory.grow(pages) >= 0;
}

/** Bytes of input that the stream took. */
export function consumed(): u32 {
  return (input - inputStart) as u32;
}

/** True when the piece made last was the end. */
export function finished(): bool {
  return done;
}

/**
 * Starts on the input that was written. With `toFold`, what `folded` gives at the end has the checksum of all pieces.
 */
export function begin(inputLength: usize, toFold: bool): void {
  if (!ready) writeTemplates();
  ready = true;
  open(inputAt(), inputLength, piece, PIECE);
  resetBuilds();
  memory.fill(inputEnd, 0, INPUT_SLACK);
  within = NOTHING;
  last = 0;
  begun = done = false;
  folds = toFold;
  if (folds) beginFold(folding);
}

/** Makes the next piece: its size, or what is wrong (result.ts). Nothing may be asked after an error or the end. */
export function more(): i32 {
  if (done || piece == 0) return BAD_CALL;
  if (begun) slide(piece, HISTORY, PIECE);
  begun = true;
  while (true) {
    if (within == NOTHING) {
      if (last) {
        byteAlign();
        done = true;
        break;
      }
      last = take(1);
      const status = start(take(2));
      if (status != OK) return overread() ? TRUNCATED : status;
    }
    const status = within == CODES ? decodeBlock() : copyStored();
    if (overread()) return TRUNCATED;
    if (status == PAUSED) break;
    if (status != OK) return status;
    within = NOTHING;
  }
  if (folds) fold(piece, output - piece);
  return (output - piece) as i32;
}

function start(kind: u32): i32 {
  if (kind == 3) return BAD_BLOCK;
  if (kind == 0) return startStored();
  within = CODES;
  return kind == 1 ? useFixedCodes() : readDynamicCodes();
}

function startStored(): i32 {
  const at = byteAlign();
  if (at + 4 > inputEnd) return TRUNCATED;
  storedLeft = load<u16>(at);
  if (((storedLeft as u32) ^ load<u16>(at, 2)) != 0xffff) return BAD_STORED;
  if (storedLeft > inputEnd - at - 4) return TRUNCATED;
  saveReader(at + 4, 0, HOLD);
  within = STORED;
  return OK;
}

function copyStored(): i32 {
  const room: usize = output < outputEnd ? outputEnd - output : 0;
  const length = min(room, storedLeft);
  memory.copy(output, input, length);
  storedLeft -= length;
  saveOutput(output + length);
  saveReader(input + length, 0, HOLD);
  return storedLeft == 0 ? OK : PAUSED;
}
