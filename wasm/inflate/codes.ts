// Reads what a block says of its codes, and has their tables built.
import {
  DISTANCE_BITS, DISTANCE_SYMBOLS, HOLD, LITLEN_BITS, LITLEN_BITS_SHORT, LITLEN_SYMBOLS, PRECODE_BITS,
  distanceTable, distanceTemplates, distances, distancesOf, lengths,
  precodeLengths, precodeOrder, precodeTable, precodeTemplates,
} from './layout';
import { buildLitlenTable } from './litlen';
import { BAD_CODES, COSTLY, OK } from './result';
import { buffer, held, input, inputEnd, inputLimit, inputStart, saveReader, take } from './state';
import { buildTable } from './table';

/** Mask that selects the litlen table's index from the bit buffer. */
export let litlenMask: u32 = 0;

/** The tables of the fixed codes stay, from one stream to the next, until others take their place. */
let fixedBuilt = false;
let builds: u32 = 0;

export function resetBuilds(): void {
  builds = 0;
}

/** Bytes of input for each table yet: streams of tiny blocks buy much work with few bytes. */
function bytesPerBuild(): u32 {
  return ((input - inputStart) as u32) / builds;
}

/** Tables of one stream, at most: some milliseconds of work. zlib makes one for each 16 KiB, or less, usually. */
const MOST_BUILDS: u32 = 1024;

/** zlib at its lowest memory level makes blocks of 47 bytes and more. */
function tooMany(): bool {
  return ++builds > 64 && (builds > MOST_BUILDS || bytesPerBuild() < 32);
}

/** Tables that were built for this stream. */
export function tablesBuilt(): u32 {
  return builds;
}

export function useFixedCodes(): i32 {
  if (fixedBuilt) return OK;
  if (tooMany()) return COSTLY;
  memory.fill(lengths, 8, 144);
  memory.fill(lengths + 144, 9, 112);
  memory.fill(lengths + 256, 7, 24);
  memory.fill(lengths + 280, 8, 8);
  memory.fill(lengths + LITLEN_SYMBOLS, 5, DISTANCE_SYMBOLS);
  buildTables(LITLEN_BITS_SHORT, LITLEN_SYMBOLS, DISTANCE_SYMBOLS);
  fixedBuilt = true;
  return OK;
}

export function readDynamicCodes(): i32 {
  if (tooMany()) return COSTLY;
  const litlens = take(5) + 257;
  const count = take(5) + 1;
  const precodes = take(4) + 4;
  if (litlens > 286 || count > 30) return BAD_CODES;
  memory.fill(precodeLengths, 0, 19);
  for (let i: u32 = 0; i < precodes; i++) store<u8>(precodeLengths + load<u8>(precodeOrder + i), take(3) as u8);
  if (!buildTable(precodeTable, PRECODE_BITS, precodeLengths, 19, precodeTemplates, 0, 0)) return BAD_CODES;
  if (!readLengths(litlens + count)) return BAD_CODES;
  if (load<u8>(lengths + 256) == 0) return BAD_CODES;
  fixedBuilt = false;
  // A large table pays off over a block of some size only.
  const short = inputEnd - input < 4096 || (builds > 1 && bytesPerBuild() < 1024);
  return buildTables(short ? LITLEN_BITS_SHORT : LITLEN_BITS, litlens, count) ? OK : BAD_CODES;
}

function buildTables(bits: u32, litlens: u32, count: u32): bool {
  litlenMask = ((1 << bits) - 1) << HOLD;
  return (
    buildTable(distanceTable, DISTANCE_BITS, lengths + litlens, count, distanceTemplates, distances, distancesOf) &&
    buildLitlenTable(bits, lengths, litlens)
  );
}

/** False: damaged, or cut short. */
function readLengths(count: u32): bool {
  let at = input;
  let bits = buffer;
  let left = held;
  let i: u32 = 0;
  while (i < count) {
    if (at > inputLimit) return false;
    bits |= load<u64>(at) << (left as u64);
    at += (63 - left) >> 3;
    left |= 56;
    const entry = load<u32>(precodeTable + ((bits as u32) & (((1 << PRECODE_BITS) - 1) << HOLD)));
    const consumed = entry & 63;
    bits >>= consumed as u64;
    left -= consumed;
    const symbol = (entry >>> 8) & 0xff;
    if (symbol < 16) {
      store<u8>(lengths + i++, symbol as u8);
      continue;
    }
    if (symbol == 16 && i == 0) return false;
    const value: u8 = symbol == 16 ? load<u8>(lengths + i - 1) : 0;
    const extra: u32 = symbol == 16 ? 2 : symbol == 17 ? 3 : 7;
    const run: u32 = (symbol == 18 ? 11 : 3) + (((bits >> (HOLD as u64)) as u32) & ((1 << extra) - 1));
    bits >>= extra as u64;
    left -= extra;
    if (i + run > count) return false;
    const splat = i8x16.splat(value);
    for (let k: u32 = 0; k < run; k += 16) v128.store(lengths + i + k, splat);
    i += run;
  }
  saveReader(at, bits, left);
  return true;
}
