import type { Clock } from '../component/clock.js';
import type { Logger } from '../component/telemetry.js';
import type { FileSlot } from './file-slot.js';
import type { PathGlobs } from './glob-set.js';
import type { Ordering } from './ordering.js';

export interface SelectionOptions {
  readonly exclude: PathGlobs;
  /** Milliseconds; 0: no limit. */
  readonly excludeOlderThan: number;
  readonly ordering: Ordering | undefined;
  /** The most files, in the order of their paths; Infinity: no limit. */
  readonly mostFiles: number;
}

/** Says which of the files that the globs name are read. */
export class FileSelection {
  readonly #options: SelectionOptions;
  readonly #clock: Clock;
  readonly #excluded: WeakMap<FileSlot, boolean> = new WeakMap();
  readonly #logger: Logger;
  #saidMost = false;

  constructor(options: SelectionOptions, clock: Clock, logger: Logger) {
    this.#options = options;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Undefined: all that `isExcluded` lets through. */
  choose(slots: Iterable<FileSlot>): ReadonlySet<FileSlot> | undefined {
    const { ordering, mostFiles } = this.#options;
    if (ordering === undefined && mostFiles === Number.POSITIVE_INFINITY) return undefined;
    const all = [...slots].filter((slot) => !this.isExcluded(slot)).sort((a, b) => (a.path < b.path ? -1 : 1));
    const ordered = ordering ? ordering.first(all) : all;
    if (ordered.length > mostFiles && !this.#saidMost) {
      this.#saidMost = true;
      this.#logger.warn('max_batches leaves files out: only the first are ever read.', {
        files: ordered.length,
        read: mostFiles,
      });
    }
    return new Set(ordered.slice(0, mostFiles));
  }

  /** `exclude` and `exclude_older_than`. A file that is read already stays. */
  isExcluded(slot: FileSlot): boolean {
    let excluded = this.#excluded.get(slot);
    if (excluded === undefined) this.#excluded.set(slot, (excluded = this.#options.exclude.matches(slot.path)));
    if (excluded) return true;
    const { excludeOlderThan } = this.#options;
    return excludeOlderThan > 0 && this.#clock.unixMs() - slot.mtimeMs > excludeOlderThan;
  }
}
