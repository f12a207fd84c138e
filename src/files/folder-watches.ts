import fs from 'node:fs';
import type { Logger } from '../component/telemetry.js';

interface Watch {
  /** How many folders of the globs ask for it. */
  uses: number;
  /** Undefined: something happened since it was last armed, or it cannot be watched. */
  watcher: fs.FSWatcher | undefined;
}

/**
 * Watches folders, each until something happens in it or to a file in it: then it must be looked at, and armed again
 * before that. A folder in which much is written costs one event for each look, and an idle one nothing.
 */
export class FolderWatches {
  readonly #watches: Map<string, Watch> = new Map();
  readonly #logger: Logger;
  readonly #onChange: () => void;
  /** No more can be had: the kernel's limit was reached. */
  #exhausted = false;

  constructor(logger: Logger, onChange: () => void) {
    this.#logger = logger;
    this.#onChange = onChange;
  }

  use(path: string): void {
    const watch = this.#watches.get(path);
    if (watch) watch.uses++;
    else this.#watches.set(path, { uses: 1, watcher: undefined });
  }

  release(path: string): void {
    const watch = this.#watches.get(path);
    if (!watch || --watch.uses > 0) return;
    watch.watcher?.close();
    this.#watches.delete(path);
  }

  /** Whether nothing has happened in a folder since it was armed. */
  isQuiet(path: string): boolean {
    return this.#watches.get(path)?.watcher !== undefined;
  }

  /** Begins to watch a folder that is in use and not quiet. One that cannot be watched stays so. */
  arm(path: string): void {
    const watch = this.#watches.get(path);
    if (!watch || watch.watcher || this.#exhausted) return;
    let watcher: fs.FSWatcher;
    try {
      watcher = fs.watch(path, { persistent: false });
    } catch (error) {
      this.#failed(error as NodeJS.ErrnoException);
      return;
    }
    watch.watcher = watcher;
    const happened = (): void => {
      watcher.close();
      if (watch.watcher !== watcher) return;
      watch.watcher = undefined;
      this.#onChange();
    };
    watcher.on('change', happened);
    watcher.on('error', happened);
  }

  close(): void {
    for (const { watcher } of this.#watches.values()) watcher?.close();
    this.#watches.clear();
  }

  #failed({ code, message }: NodeJS.ErrnoException): void {
    if (code !== 'ENOSPC' && code !== 'EMFILE') return;
    this.#exhausted = true;
    this.#logger.warn('No more folders can be watched; the rest is polled. Raise fs.inotify.max_user_watches.', {
      error: message,
    });
  }
}
