import fs from 'node:fs';
import { systemClock, type Clock } from '../../component/clock.js';

/** Text that may wait for one output, bytes: ten thousand log lines and more, yet little beside a process's memory. */
export const maxWaitingBytes: number = 4 * 2 ** 20;
/** How much of it is kept when it is too much, bytes: few lines then report a long loss. */
const keptBytes = maxWaitingBytes / 2;
/** The newest texts are kept up to this, bytes, beside however long a text that is partly out: the last words. */
const lastWordsBytes = 64 * 1024;
/** Pauses before an output is tried again, milliseconds: the first while it takes text, doubled while it takes none. */
const firstPauseMs = 1;
const longestPauseMs = 250;
/** Texts that are written in one turn of the event loop. */
const textsPerTurn = 1000;
/** How long an output that is closed may still take what waits, milliseconds. */
const closingMs = 10_000;
/** At the end of the process, milliseconds: how long readers may take nothing, how long in all; between attempts. */
const exitIdleMs = 500;
const exitMs = 2000;
const exitPauseMs = 5;

/** The side that writes: the log, a debug exporter, own telemetry. */
export interface OutputWriter {
  /** The text that says that `count` texts of this writer were lost. Written once there is room. */
  lostText(count: number): string;
  /** Writing failed, and not because the reader is slow. Called once until nothing waits any more. */
  failed(error: Error): void;
}

interface Text {
  readonly bytes: Uint8Array;
  readonly writer: OutputWriter;
}

let lost = 0;

/** Texts that the outputs of this process have lost. */
export function lostTexts(): number {
  return lost;
}

/** Outputs with text that waits. */
const waiting: Set<TextOutput> = new Set();

/** Gives readers of what waits at the end of the process a moment to take it. Holds up the process. */
function flushAtExit(): void {
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  const end = performance.now() + exitMs;
  for (let idle = 0; waiting.size > 0 && idle < exitIdleMs && performance.now() < end;) {
    let taken = false;
    for (const output of waiting) taken = output.flush() || taken;
    if (!taken) Atomics.wait(sleeper, 0, 0, exitPauseMs);
    idle = taken ? 0 : idle + exitPauseMs;
  }
}
let flushesAtExit = false;

/**
 * A descriptor that text is written to, and that never holds up the program: text that the descriptor does not take now
 * waits, within `maxWaitingBytes` (or one text, however long, and the last words), and is tried again later, a full
 * disk included. When more waits, the oldest texts are lost, so that the last words of a program are kept; a text in
 * their place says how many they were. A write to the descriptor must not block: see `standardOutput`.
 */
export class TextOutput {
  readonly #fd: number;
  readonly #clock: Clock;
  /** The rest of a text that is partly out. */
  #rest: Uint8Array | undefined;
  readonly #queue: Text[] = [];
  #queuedBytes = 0;
  /** Texts that were lost between the one that is partly out and the queue. */
  readonly #gap: Map<OutputWriter, number> = new Map();
  #stopTimer: (() => void) | undefined;
  #pauseMs = firstPauseMs;
  #failing = false;
  readonly #waiters: (() => void)[] = [];
  /** When a closed output gives up; undefined while it is open. */
  #closesBy: number | undefined;

  constructor(fd: number, clock: Clock = systemClock) {
    this.#fd = fd;
    this.#clock = clock;
  }

  /** Bytes that wait. */
  get waitingBytes(): number {
    return this.#queuedBytes + (this.#rest?.length ?? 0);
  }

  write(text: string, writer: OutputWriter): void {
    if (this.#closesBy !== undefined) return;
    const bytes = Buffer.from(text);
    this.#queue.push({ bytes, writer });
    this.#queuedBytes += bytes.length;
    if (this.waitingBytes > maxWaitingBytes) this.#loseOldest();
    if (this.#stopTimer === undefined) this.#drain();
  }

  /**
   * For a writer of much that would rather wait than lose it: undefined while no more waits than is kept anyway, else a
   * promise of that time. An output that has taken nothing for a while is not waited for.
   */
  room(): Promise<void> | undefined {
    if (this.#hasRoom()) return undefined;
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  #hasRoom(): boolean {
    return this.waitingBytes <= keptBytes || this.#pauseMs >= longestPauseMs || this.#closesBy !== undefined;
  }

  /** Closes the descriptor once what waits is out, or has had time to get out. */
  close(): void {
    if (this.#closesBy !== undefined) return;
    this.#closesBy = this.#clock.now() + closingMs;
    if (this.#stopTimer === undefined) this.#drain();
  }

  /** Writes what the descriptor takes now. Returns whether it took something. */
  flush(): boolean {
    const before = this.waitingBytes;
    this.#writeOut();
    if (this.#isEmpty()) waiting.delete(this);
    return this.waitingBytes < before;
  }

  #isEmpty(): boolean {
    return this.waitingBytes === 0 && this.#gap.size === 0;
  }

  /** All but the newest texts may go. */
  #loseOldest(): void {
    let texts = 0;
    for (; this.waitingBytes > keptBytes && texts < this.#queue.length - 1; texts++) {
      const text = this.#queue[texts];
      if (!text || this.#queuedBytes <= lastWordsBytes) break;
      this.#queuedBytes -= text.bytes.length;
      this.#gap.set(text.writer, (this.#gap.get(text.writer) ?? 0) + 1);
    }
    this.#queue.splice(0, texts);
    lost += texts;
  }

  /** Writes what can be written, and comes back for the rest. */
  #drain(): void {
    this.#stopTimer = undefined;
    const before = this.waitingBytes;
    const fault = this.#writeOut();
    const late = this.#closesBy !== undefined && this.#clock.now() >= this.#closesBy;
    if (this.#isEmpty() || late) {
      lost += this.#queue.length;
      this.#failing = false;
      this.#pauseMs = firstPauseMs;
      waiting.delete(this);
      if (this.#closesBy !== undefined) fs.closeSync(this.#fd);
      this.#letGo();
      return;
    }
    this.#pauseMs = this.waitingBytes < before ? firstPauseMs : Math.min(2 * this.#pauseMs, longestPauseMs);
    if (this.#hasRoom()) this.#letGo();
    this.#stopTimer = this.#clock.after(this.#pauseMs, () => this.#drain());
    waiting.add(this);
    if (!flushesAtExit) process.on('exit', flushAtExit);
    flushesAtExit = true;
    if (fault === undefined || this.#failing) return;
    this.#failing = true;
    // After the timer is set, because the one that hears of it may write to this very output.
    this.#queue[0]?.writer.failed(fault);
  }

  #letGo(): void {
    for (const go of this.#waiters.splice(0)) go();
  }

  /** Returns what went wrong, unless the descriptor takes nothing only now. */
  #writeOut(): Error | undefined {
    let begun = 0;
    try {
      for (let texts = 0; texts < textsPerTurn; texts++) {
        while (this.#rest !== undefined) this.#rest = this.#unwritten(this.#rest);
        const [loss] = this.#gap;
        const text = this.#queue[begun];
        if (loss !== undefined) {
          const [writer, count] = loss;
          this.#rest = this.#unwritten(Buffer.from(writer.lostText(count)));
          this.#gap.delete(writer);
        } else if (text !== undefined) {
          this.#rest = this.#unwritten(text.bytes);
          this.#queuedBytes -= text.bytes.length;
          begun++;
        } else break;
      }
      return undefined;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return code === 'EAGAIN' || code === 'EINTR' ? undefined : (error as Error);
    } finally {
      this.#queue.splice(0, begun);
    }
  }

  /** Writes once. Returns what is left of the bytes; throws, with none written, when the descriptor takes none. */
  #unwritten(bytes: Uint8Array): Uint8Array | undefined {
    const taken = fs.writeSync(this.#fd, bytes);
    return taken < bytes.length ? bytes.subarray(taken) : undefined;
  }
}
