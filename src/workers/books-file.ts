import { systemClock } from '../component/clock.js';
import type { LedgerRow } from '../component/ledger.js';
import { LedgerFile } from '../telemetry/ledger-file.js';

/** How soon the books are in their file when no acknowledgement waits for that, milliseconds. */
const soonMs = 20;

/**
 * Writes the books of this worker to their file: before anything is acknowledged, and soon after whatever else changes
 * them.
 */
export class BooksFile {
  /** Runs when the books can't be written any more (with the reason), and when they can again (without). */
  onChange: (error: Error | undefined) => void = () => {};
  readonly #file: LedgerFile;
  readonly #rows: () => readonly LedgerRow[];
  #due = false;
  #failing = false;

  constructor(path: string, rows: () => readonly LedgerRow[]) {
    this.#file = new LedgerFile(path);
    this.#rows = rows;
  }

  /** The books changed; with `accepted` an acknowledgement waits for them. */
  changed(accepted: boolean): void {
    if (accepted) this.write();
    else if (!this.#due) {
      this.#due = true;
      systemClock.after(soonMs, () => this.write());
    }
  }

  /** Never throws: a delivered batch must not be refused for it. */
  write(): void {
    this.#due = false;
    const error = this.#fault();
    const failing = error !== undefined;
    if (failing === this.#failing) return;
    this.#failing = failing;
    this.onChange(error);
  }

  close(): void {
    this.#file.close();
  }

  #fault(): Error | undefined {
    try {
      this.#file.write(this.#rows());
      return undefined;
    } catch (error) {
      return error as Error;
    }
  }
}
