// A line of the Container Runtime Interface: `TIME STREAM TAG MESSAGE`.
import { putTimed } from './record';
import { nanos, readTime } from './time';

/** Letters as they lie in memory: `std`, `out`, `err`. */
const STD: u32 = 0x647473;
const OUT: u32 = 0x74756f;
const ERR: u32 = 0x727265;

/** The form of times: see `time.ts`. */
const form: usize = memory.data<u8>([0x2d, 0x2d, 0x54, 0x3a, 0x3a, 2, 0, 0]);

/** Times that end with the letter Z, as containerd writes them, and those with an offset, as cri-o does. */
let takesUtc: bool = true;
let takesOffsets: bool = true;

export function setFormats(utc: bool, offsets: bool): void {
  takesUtc = utc;
  takesOffsets = offsets;
}

// @ts-ignore: decorator
@inline
function three(at: usize): u32 {
  return load<u32>(at) & 0xffffff;
}

/** Writes a line that is whole and of the usual form; 0 for any other. */
export function putCri(to: usize, start: usize, end: usize): usize {
  let at = start;
  while (at < end && load<u8>(at) != 0x20 && load<u8>(at) != 0x5a) at++;
  const isUtc = at < end && load<u8>(at) == 0x5a;
  if (isUtc) at++;
  // The rest has ten bytes: ` stdout F`, and the end of the line or a space.
  if (at + 9 > end || load<u8>(at) != 0x20 || load<u8>(at + 7) != 0x20 || load<u8>(at + 8) != 0x46) return 0;
  if (!(isUtc ? takesUtc : takesOffsets) || three(at + 1) != STD) return 0;
  const stream = three(at + 4);
  if (stream != OUT && stream != ERR) return 0;
  let message = at + 9;
  if (message < end) {
    if (load<u8>(message) != 0x20) return 0;
    message++;
  }
  if (!readTime(form, start, at)) return 0;
  return putTimed(to, nanos, message, end - message, stream == OUT ? 0 : 1);
}
