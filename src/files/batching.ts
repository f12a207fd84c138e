import type { Clock } from '../component/clock.js';
import type { LineWriter } from './line-writer.js';
import type { ReadMark, Shipments } from './shipments.js';
import type { ReadProgress, TrackedFile } from './tracked-file.js';

/** A batch leaves when it has about this many bytes: those of one more call fit into what a builder keeps for it. */
const enoughBytes = 848 * 1024;
/** And when its first line has waited this long for more, milliseconds. */
const longestMs = 100;

/** Sends batches of the lines of all files, with how far each file is done with once they are accepted. */
export class LineBatching {
  readonly #writer: LineWriter;
  readonly #shipments: Shipments;
  readonly #clock: Clock;
  /** Files of which lines may be in the batch, or are held back. */
  readonly #touched: Set<TrackedFile> = new Set();
  #cancelTimer: (() => void) | undefined;

  constructor(writer: LineWriter, shipments: Shipments, clock: Clock) {
    this.#writer = writer;
    this.#shipments = shipments;
    this.#clock = clock;
  }

  /** Lines of a file are going to be written. */
  touch(file: TrackedFile): void {
    this.#touched.add(file);
  }

  /** Sends the batch when there is enough in it; the promise is that of its departure. */
  fill(): Promise<void> | undefined {
    return this.#writer.size < enoughBytes ? undefined : this.send();
  }

  /** Sends the batch before its first line has waited for long. */
  sendSoon(): void {
    this.#cancelTimer ??= this.#clock.after(longestMs, () => void this.send());
  }

  /** Sends what there is, and resolves when it is on its way. */
  async send(): Promise<void> {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const batch = this.#writer.finish();
    const marks: ReadMark[] = [];
    for (const file of this.#touched) {
      const held = this.#writer.oldestHeld(file);
      const progress = progressTo(file, held);
      if (!isSame(progress, file.done)) marks.push({ file, epoch: file.epoch, progress });
      if (held === undefined && !file.isReading) this.#touched.delete(file);
    }
    if (batch || marks.length > 0) await this.#shipments.ship(batch, marks);
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}

/** How far a file is done with when its lines from `held` on are held back. */
function progressTo(file: TrackedFile, held: number | undefined): ReadProgress {
  if (held === undefined) {
    file.lines.length = 0;
    return file.progress;
  }
  const first = file.lines.findIndex((position) => position >= held);
  if (first > 0) file.lines.splice(0, first);
  const records = file.records - (first < 0 ? 0 : file.lines.length);
  return { offset: held, member: file.member, records, skipping: false };
}

function isSame(a: ReadProgress, b: ReadProgress): boolean {
  return a.offset === b.offset && a.member === b.member && a.records === b.records && a.skipping === b.skipping;
}
