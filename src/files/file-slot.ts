import type { FileStats, Inode } from './inode.js';
import type { TrackedFile } from './tracked-file.js';

/** A path that the globs name, and what was there when it was last looked at. */
export class FileSlot {
  readonly path: string;
  /** The last of its names, by which a folder knows it. */
  readonly name: string;
  /** The folder that a symbolic link leads to: changes of the file are seen there. */
  target: string | undefined = undefined;
  /** Whether the file lies on a disk of this machine. */
  isLocal = false;
  dev = 0;
  ino: Inode = 0;
  size = -1;
  mtimeMs = 0;
  /** The file that is read there; undefined: none yet. */
  tracked: TrackedFile | undefined = undefined;
  /** Whether what is there is to be looked into. */
  isChanged = true;
  /** Whether it was said that the file cannot be opened. */
  hasFailed = false;

  constructor(path: string, name: string) {
    this.path = path;
    this.name = name;
  }

  /** Takes note of what is there; whether that is another file than before. */
  see({ dev, ino, size, mtimeMs }: FileStats): boolean {
    const other = this.dev !== dev || this.ino !== ino;
    if (other || this.size !== size || this.mtimeMs !== mtimeMs) this.isChanged = true;
    this.dev = dev;
    this.ino = ino;
    this.size = size;
    this.mtimeMs = mtimeMs;
    return other;
  }
}
