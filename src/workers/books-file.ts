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
  /** Runs when the books could not be written. */
  onError: (error: unknown) => void = () => {};
  readonly #file: LedgerFile;
  readonly #rows: () => readonly LedgerRow[];
  #due = false;

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

  write(): void {
    this.#due = false;
    try {
      this.#file.write(this.#rows());
    } catch (error) {
      // A delivered batch must not be refused for it.
      this.onError(error);
    }
  }

  close(): void {
    this.#file.close();
  }
}
