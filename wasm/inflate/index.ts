// A raw DEFLATE decoder (RFC 1951) of its own memory: reserve, write the input to inputAt(), inflate, read the output.
import { decodeBlock } from './block';
import { readDynamicCodes, resetBuilds, useFixedCodes } from './codes';
import { BAD_BLOCK, BAD_CALL, BAD_STORED, FULL, OK, TRUNCATED } from './result';
import {
  byteAlign, inputEnd, inputStart, open, output, outputEnd, outputStart, overread, saveOutput, saveReader, take,
} from './state';
import { HOLD } from './layout';
import { writeTemplates } from './templates';

/** Zeroed bytes behind the input: the reader may look there, and fails if it takes anything from there. */
const INPUT_SLACK: usize = 64;
/** Bytes behind the output that may be overwritten with anything: one round of literals, a match and the overrun of its copy. */
const OUTPUT_SLACK: usize = 320;
const MOST: usize = 2 << 20;

let ready = false;
let taken: u32 = 0;

export function inputAt(): usize {
  return (__heap_base + 63) & ~63;
}

/** Has room for an input and an output of these sizes; where the output goes, or 0 if they are too large or memory is short. */
export function reserve(inputLength: usize, capacity: usize): usize {
  if (inputLength > MOST || capacity > MOST) return 0;
  const outputAt = (inputAt() + inputLength + INPUT_SLACK + 63) & ~63;
  const pages = (((outputAt + capacity + OUTPUT_SLACK + 0xffff) >>> 16) as i32) - memory.size();
  if (pages > 0 && memory.grow(pages) < 0) return 0;
  return outputAt;
}

/** Bytes of input that the last stream took. */
export function consumed(): u32 {
  return taken;
}

/** The number of bytes written, or what is wrong (result.ts). */
export function inflate(inputFrom: usize, inputLength: usize, outputFrom: usize, capacity: usize): i32 {
  taken = 0;
  if (inputLength > MOST || capacity > MOST || inputFrom < inputAt()) return BAD_CALL;
  if (inputFrom > outputFrom || outputFrom - inputFrom < inputLength + INPUT_SLACK) return BAD_CALL;
  if ((outputFrom as u64) + capacity + OUTPUT_SLACK > (memory.size() as u64) << 16) return BAD_CALL;
  if (!ready) writeTemplates();
  ready = true;
  open(inputFrom, inputLength, outputFrom, capacity);
  resetBuilds();
  memory.fill(inputEnd, 0, INPUT_SLACK);

  let last: u32 = 0;
  do {
    last = take(1);
    const status = block(take(2));
    if (overread()) return TRUNCATED;
    if (status != OK) return status;
  } while (!last);
  taken = (byteAlign() - inputStart) as u32;
  return (output - outputStart) as i32;
}

function block(kind: u32): i32 {
  if (kind == 0) return stored();
  if (kind == 3) return BAD_BLOCK;
  const status = kind == 1 ? useFixedCodes() : readDynamicCodes();
  return status == OK ? decodeBlock() : status;
}

function stored(): i32 {
  const at = byteAlign();
  if (at + 4 > inputEnd) return TRUNCATED;
  const length: usize = load<u16>(at);
  if (((length as u32) ^ load<u16>(at, 2)) != 0xffff) return BAD_STORED;
  if (length > inputEnd - at - 4) return TRUNCATED;
  if (length > outputEnd - output) return FULL;
  memory.copy(output, at + 4, length);
  saveOutput(output + length);
  saveReader(at + 4 + length, 0, HOLD);
  return OK;
}
