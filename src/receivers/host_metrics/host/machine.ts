import fs from 'node:fs';
import { endianness } from 'node:os';

/** Entries of the auxiliary vector that the kernel hands to each program (`getauxval` of C). */
const pageSizeEntry = 6;
const ticksEntry = 17;

export interface Machine {
  /** Bytes. */
  readonly pageSize: number;
  /** Units of CPU time per second in files of /proc. */
  readonly ticksPerSecond: number;
}

/** Numbers of the running kernel, which `root_path` does not change. */
export const machine: Machine = read();

function read(): Machine {
  let pageSize = 4096;
  let ticksPerSecond = 100;
  try {
    const vector = fs.readFileSync('/proc/self/auxv');
    const wide = !['arm', 'ia32', 'mips', 'mipsel', 'ppc', 's390'].includes(process.arch);
    const words = wide ? 8 : 4;
    const little = endianness() === 'LE';
    const word = (at: number): number => {
      if (!wide) return little ? vector.readUInt32LE(at) : vector.readUInt32BE(at);
      return Number(little ? vector.readBigUInt64LE(at) : vector.readBigUInt64BE(at));
    };
    for (let at = 0; at + 2 * words <= vector.length; at += 2 * words) {
      const value = word(at + words);
      if (word(at) === pageSizeEntry) pageSize = value;
      else if (word(at) === ticksEntry) ticksPerSecond = value;
    }
  } catch {
    // Not readable on a hardened kernel: nearly all have these values.
  }
  return { pageSize, ticksPerSecond };
}
