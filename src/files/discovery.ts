import fs from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '../component/clock.js';
import type { Logger } from '../component/telemetry.js';
import { turnFor } from '../component/turn.js';
import { FileSlot } from './file-slot.js';
import { Folder } from './folder.js';
import type { FolderWatches } from './folder-watches.js';
import type { FileGlobs, GlobState } from './glob-set.js';
import type { FileStats } from './inode.js';
import { entriesOf, isLocal, statOf } from './local-files.js';

/** Work of one call of stat, in units of a turn: some microseconds. */
const statWork = 5000;
/** A folder that was changed this shortly before its names were read may change again without a new time, ms. */
const timeGrain = 100;

/** The findings of a poll. */
export interface Findings {
  /** Paths at which there is a file, or another one, or more or less of it. */
  readonly changed: readonly FileSlot[];
  /** Paths at which there is no file any more. */
  readonly gone: readonly FileSlot[];
}

/** Finds the files that globs name, and what has changed in them since the last time. */
export class GlobDiscovery {
  /** All files, by folder in no order. */
  readonly slots: Set<FileSlot> = new Set();
  readonly #globs: FileGlobs;
  readonly #watches: FolderWatches;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #folders: Set<Folder> = new Set();
  #gone: FileSlot[] = [];

  constructor(globs: FileGlobs, watches: FolderWatches, clock: Clock, logger: Logger) {
    this.#globs = globs;
    this.#watches = watches;
    this.#clock = clock;
    this.#logger = logger;
    for (const { folder, state } of globs.starts) this.#enter(new Folder(folder, state, undefined, false));
  }

  /** Whether a poll would find nothing because nothing has happened. */
  get isQuiet(): boolean {
    for (const folder of this.#folders) if (!this.#isQuiet(folder)) return false;
    return true;
  }

  /** Looks at the folders in which something happened; `everything`: at all. */
  async poll(everything: boolean): Promise<Findings> {
    this.#gone = [];
    // The set grows while it is walked.
    for (const folder of this.#folders) {
      if (!everything && this.#isQuiet(folder)) continue;
      await this.#look(folder, everything);
    }
    const changed = [...this.slots].filter(({ isChanged }) => isChanged);
    changed.sort((a, b) => (a.path < b.path ? -1 : 1));
    return { changed, gone: this.#gone };
  }

  #isQuiet({ path, targets }: Folder): boolean {
    if (!this.#watches.isQuiet(path)) return false;
    for (const target of targets.keys()) if (!this.#watches.isQuiet(target)) return false;
    return true;
  }

  async #look(folder: Folder, everything: boolean): Promise<void> {
    folder.local ??= (await isLocal(folder.path)) || undefined;
    const local = folder.local === true;
    // Watching one in which something happens all the time would be an event for each look, and nothing gained.
    const wasBusy = folder.isBusy;
    folder.isBusy = false;
    if (local && !wasBusy) {
      this.#watches.arm(folder.path);
      for (const target of folder.targets.keys()) this.#watches.arm(target);
    }
    const stats = await statOf(folder.path, local);
    if (!stats?.isDirectory()) {
      this.#empty(folder);
      folder.local = undefined;
      return;
    }
    const same = folder.dev === stats.dev && folder.ino === stats.ino;
    folder.dev = stats.dev;
    folder.ino = stats.ino;
    const only = this.#globs.onlyNames(folder.state);
    if (only) await this.#lookFor(folder, only, local);
    else {
      if (!same || everything || !(stats.mtimeMs === folder.mtimeMs)) await this.#list(folder, stats.mtimeMs, local);
      await this.#lookAtFiles(folder, local);
    }
  }

  /** Names that need no list of the folder. */
  async #lookFor(folder: Folder, names: readonly string[], local: boolean): Promise<void> {
    for (const name of names) {
      const stats = await this.#stat(folder.pathOf(name), local);
      if (stats === undefined) this.#remove(folder, name);
      else await this.#take(folder, name, stats, true);
    }
  }

  async #list(folder: Folder, mtimeMs: number, local: boolean): Promise<void> {
    const before = new Set([...folder.files.keys(), ...folder.folders.keys()]);
    const readAt = this.#clock.unixMs();
    try {
      for await (const entry of entriesOf(folder.path, local)) {
        const { name } = entry;
        const match = this.#globs.match(folder.state, name);
        if (!match.isFile && (match.inside.length === 0 || entry.isFile())) continue;
        const known = folder.files.has(name) || folder.folders.has(name);
        if (!entry.isSymbolicLink() && (known || (entry.isFile() && match.isFile))) {
          before.delete(name);
          if (!known) this.#addFile(folder, name);
          continue;
        }
        const stats = await this.#stat(folder.pathOf(name), local);
        if (stats === undefined) continue;
        before.delete(name);
        await this.#take(folder, name, stats, entry.isSymbolicLink());
      }
    } catch (error) {
      this.#logger.warn('finding files: a folder cannot be read', { folder: folder.path, error });
      folder.mtimeMs = Number.NaN;
      return;
    }
    for (const name of before) this.#remove(folder, name);
    folder.mtimeMs = mtimeMs < readAt - timeGrain ? mtimeMs : Number.NaN;
  }

  async #lookAtFiles(folder: Folder, local: boolean): Promise<void> {
    for (const slot of folder.files.values()) {
      const stats = await this.#stat(slot.path, local);
      if (!stats?.isFile()) this.#remove(folder, slot.name);
      else if (see(folder, slot, stats) && slot.target !== undefined) await this.#follow(folder, slot);
    }
  }

  /** Takes note of what there is at a name: a file, or a folder to look into. */
  async #take(folder: Folder, name: string, stats: FileStats, mayBeLink: boolean): Promise<void> {
    const { isFile, inside } = this.#globs.match(folder.state, name);
    if (stats.isFile()) {
      if (folder.folders.has(name)) this.#remove(folder, name);
      if (!isFile) return;
      const known = folder.files.get(name);
      const slot = known ?? this.#addFile(folder, name);
      if (see(folder, slot, stats) && mayBeLink) await this.#follow(folder, slot);
    } else if (stats.isDirectory()) {
      if (folder.files.has(name)) this.#remove(folder, name);
      if (inside.length === 0 || folder.folders.has(name)) return;
      if (mayBeLink && this.#isKnown(folder, stats, inside)) return;
      const child = new Folder(folder.pathOf(name), inside, folder, mayBeLink);
      folder.folders.set(name, child);
      this.#enter(child);
    } else this.#remove(folder, name);
  }

  /** Whether a link leads in a circle, or to a folder that is looked at already: links could multiply without end. */
  #isKnown(folder: Folder, stats: FileStats, state: GlobState): boolean {
    if (folder.isWithin(stats)) return true;
    const key = state.join();
    for (const { dev, ino, state: other } of this.#folders)
      if (dev === stats.dev && ino === stats.ino && other.join() === key) return true;
    return false;
  }

  /** Finds the folder in which changes of a file behind a link are seen. */
  async #follow(folder: Folder, slot: FileSlot): Promise<void> {
    const real = await fs.promises.realpath(slot.path).catch(() => undefined);
    const target = real === undefined ? undefined : dirname(real);
    this.#unfollow(folder, slot);
    slot.isLocal = target !== undefined && (await isLocal(target));
    if (target === undefined || target === folder.path) return;
    slot.target = target;
    folder.targets.set(target, (folder.targets.get(target) ?? 0) + 1);
    this.#watches.use(target);
    if (slot.isLocal) this.#watches.arm(target);
  }

  #unfollow(folder: Folder, slot: FileSlot): void {
    const { target } = slot;
    if (target === undefined) return;
    slot.target = undefined;
    const uses = (folder.targets.get(target) ?? 1) - 1;
    if (uses > 0) folder.targets.set(target, uses);
    else folder.targets.delete(target);
    this.#watches.release(target);
  }

  async #stat(path: string, local: boolean): Promise<FileStats | undefined> {
    const turn = turnFor(statWork);
    if (turn) await turn;
    return statOf(path, local);
  }

  #addFile(folder: Folder, name: string): FileSlot {
    const slot = new FileSlot(folder.pathOf(name), name);
    slot.isLocal = folder.local === true;
    folder.files.set(name, slot);
    this.slots.add(slot);
    return slot;
  }

  #enter(folder: Folder): void {
    this.#folders.add(folder);
    this.#watches.use(folder.path);
  }

  #remove(folder: Folder, name: string): void {
    const slot = folder.files.get(name);
    if (slot) {
      folder.files.delete(name);
      this.slots.delete(slot);
      this.#unfollow(folder, slot);
      this.#gone.push(slot);
    }
    const child = folder.folders.get(name);
    if (!child) return;
    folder.folders.delete(name);
    this.#empty(child);
    this.#folders.delete(child);
    this.#watches.release(child.path);
  }

  #empty(folder: Folder): void {
    folder.mtimeMs = Number.NaN;
    for (const name of [...folder.files.keys(), ...folder.folders.keys()]) this.#remove(folder, name);
  }
}

/** Takes note of what a file is now; whether that is another file than before. */
function see(folder: Folder, slot: FileSlot, stats: FileStats): boolean {
  const { size, mtimeMs } = slot;
  const isOther = slot.see(stats);
  if (isOther || slot.size !== size || slot.mtimeMs !== mtimeMs) folder.isBusy = true;
  return isOther;
}
