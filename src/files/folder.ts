import type { FileSlot } from './file-slot.js';
import type { GlobState } from './glob-set.js';
import type { FileStats, Inode } from './inode.js';

/** A folder that the globs lead into. */
export class Folder {
  readonly path: string;
  readonly state: GlobState;
  readonly parent: Folder | undefined;
  /** Whether a symbolic link leads here. */
  readonly isLinked: boolean;
  readonly files: Map<string, FileSlot> = new Map();
  readonly folders: Map<string, Folder> = new Map();
  /** Folders that links of this one lead to, by how many do. */
  readonly targets: Map<string, number> = new Map();
  dev = 0;
  ino: Inode = 0;
  /** Of the folder when its names were read; NaN: they have to be read. */
  mtimeMs: number = Number.NaN;
  /** Whether something in it had changed when it was last looked at. */
  isBusy = false;
  /** Undefined: not known yet. */
  local: boolean | undefined = undefined;

  constructor(path: string, state: GlobState, parent: Folder | undefined, isLinked: boolean) {
    this.path = path;
    this.state = state;
    this.parent = parent;
    this.isLinked = isLinked;
  }

  pathOf(name: string): string {
    if (this.path === '.') return name;
    return this.path === '/' ? `/${name}` : `${this.path}/${name}`;
  }

  /** Whether it, or a folder that it lies in, is the same one: then links lead in a circle. */
  isWithin({ dev, ino }: FileStats): boolean {
    if (this.dev === dev && this.ino === ino) return true;
    for (let { parent } = this; parent; { parent } = parent) if (parent.dev === dev && parent.ino === ino) return true;
    return false;
  }
}
