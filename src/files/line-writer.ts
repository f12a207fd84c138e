import type { EntryMap } from '../entries/entry-map.js';
import type { LineSplitter } from '../lines/line-splitter.js';
import type { Batch } from '../otlp/batch.js';
import type { TrackedFile } from './tracked-file.js';

/** Makes batches of lines. The lines of all files go through it, each file's in their order. */
export interface LineWriter {
  /** When the lines that follow were read, milliseconds since the epoch. */
  observedMs: number;
  /** Takes the line at which the splitter is; it begins at `position` of the file. `bytes` are used again then. */
  write(file: TrackedFile, bytes: Buffer, line: LineSplitter, position: number): void;
  /**
   * Takes as many lines as it can in one call, in place of `write` for each, and moves the splitter behind them.
   * Returns whether the next line, if there is one, is for `write`.
   */
  writeMany?(file: TrackedFile, bytes: Buffer, lines: LineSplitter): boolean;
  /**
   * Work that lines of a file have left because they are long; no further one is written until it is done, and the
   * bytes of these stay. Undefined: none.
   */
  settle?(file: TrackedFile): Promise<void> | undefined;
  /** Bytes of the batch so far, about. */
  readonly size: number;
  /** The batch so far, and an empty one in its place; undefined when there is nothing. */
  finish(): Batch | undefined;
  /** Whether lines may be held back, to become part of later records. */
  readonly holds: boolean;
  /** Where the first line of a file begins that is held back; undefined when none is. */
  oldestHeld(file: TrackedFile): number | undefined;
  /** When lines that are held back are to be let go next, in terms of `Clock.now`; Infinity: never. */
  dueAt(): number;
  /** Lets those go that are due at `now`; at Infinity all. */
  flush(now: number): void;
  /** The path of a file, or something else that its records have, has changed. */
  forget(file: TrackedFile): void;
}

/** Knows the lines at the beginning of a file that say something about all others (`header`). */
export interface HeaderReader {
  isHeader(line: string): boolean;
  /** Adds what a line says to `attributes`. */
  read(line: string, attributes: EntryMap): void;
}
