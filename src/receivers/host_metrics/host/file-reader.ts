import fs from 'node:fs';

/** Bytes of a file that are read; no file of /proc that is read whole is larger. */
const mostBytes = 8 << 20;
const atFirst = 16 << 10;
/** A pipe in the place of a file must not be waited for. */
const flags = fs.constants.O_RDONLY | fs.constants.O_NONBLOCK;

/**
 * Reads whole files into one buffer, which the next file overwrites. Synchronously: the kernel makes the files of /proc
 * while they are read, which takes less time than a thread would need to hand them over.
 */
export class FileReader {
  bytes: Buffer = Buffer.allocUnsafe(atFirst);
  /** Bytes of the file in `bytes`. */
  length = 0;

  /** Throws what Node throws for a file that cannot be read, and for one above `most` bytes. */
  read(file: string, most: number = mostBytes): void {
    this.#read(file, most, false);
  }

  /** The same for a file that the kernel makes as a whole, as those of a process: what it gives at once is all. */
  readWhole(file: string): void {
    this.#read(file, mostBytes, true);
  }

  #read(file: string, most: number, isWhole: boolean): void {
    this.length = 0;
    const descriptor = fs.openSync(file, flags);
    try {
      for (;;) {
        const room = this.bytes.length - this.length;
        const got = fs.readSync(descriptor, this.bytes, this.length, room, null);
        if (got === 0 || (isWhole && got < room)) {
          this.length += got;
          return;
        }
        this.length += got;
        if (this.length > most) throw new Error(`${file}: it has more than ${most} bytes`);
        if (this.length === this.bytes.length) this.#grow();
      }
    } finally {
      fs.closeSync(descriptor);
    }
  }

  /** The beginning of a file, `most` bytes at most; what stands behind is left out. */
  readBeginning(file: string, most: number): void {
    this.length = 0;
    const descriptor = fs.openSync(file, flags);
    try {
      while (this.bytes.length < most) this.#grow();
      while (this.length < most) {
        const got = fs.readSync(descriptor, this.bytes, this.length, most - this.length, null);
        if (got === 0) return;
        this.length += got;
      }
    } finally {
      fs.closeSync(descriptor);
    }
  }

  #grow(): void {
    const larger = Buffer.allocUnsafe(this.bytes.length * 2);
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}

/** Whether a file is not there, or is no longer: its process has ended. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH');
}
