// The state that survives from one block to the next. The loops load it into locals and store it back.
import { HOLD } from './layout';

export let input: usize = 0;
export let inputStart: usize = 0;
export let inputEnd: usize = 0;
/** A reader beyond this has consumed bits that the input does not have: at most 63 bits are buffered. */
export let inputLimit: usize = 0;
export let buffer: u64 = 0;
export let held: u32 = HOLD;
export let output: usize = 0;
export let outputStart: usize = 0;
export let outputEnd: usize = 0;

export function open(inputAt: usize, inputLength: usize, outputAt: usize, capacity: usize): void {
  input = inputStart = inputAt;
  inputEnd = inputAt + inputLength;
  inputLimit = inputEnd + 8;
  output = outputStart = outputAt;
  outputEnd = outputAt + capacity;
  buffer = 0;
  held = HOLD;
}

// @ts-ignore: decorator
@inline
export function saveReader(at: usize, bits: u64, count: u32): void {
  input = at;
  buffer = bits;
  held = count & 63;
}

// @ts-ignore: decorator
@inline
export function saveOutput(at: usize): void {
  output = at;
}

/** Keeps the history before a new piece, which begins where the last one did. */
export function slide(piece: usize, history: usize, size: usize): void {
  memory.copy(piece - history, output - history, history);
  outputStart = piece - history;
  output = piece;
  outputEnd = piece + size;
}

/** Drops the bits up to the next byte, and the buffered whole bytes as well: the address of the next byte. */
export function byteAlign(): usize {
  input -= (held - HOLD) >> 3;
  buffer = 0;
  held = HOLD;
  return input;
}

/** Bits for the headers of blocks; `count` is at most 16. */
export function take(count: u32): u32 {
  if (input > inputLimit) return 0;
  buffer |= load<u64>(input) << (held as u64);
  input += (63 - held) >> 3;
  held |= 56;
  const bits = ((buffer >> (HOLD as u64)) as u32) & ((1 << count) - 1);
  buffer >>= count as u64;
  held -= count;
  return bits;
}

/** Whether bits were consumed that the input does not have; what stands for them is zeros. */
export function overread(): bool {
  return input - ((held - HOLD) >> 3) > inputEnd;
}
