import type { Clock } from '../../component/clock.js';

/** The state of a ticker. */
type Ticking =
  | { readonly step: 'idle' }
  | { readonly step: 'waiting'; readonly cancel: () => void }
  | { readonly step: 'running'; readonly done: Promise<void> }
  | { readonly step: 'stopped' };

/**
 * Runs `work` after `delayMs` (at once when that is 0 or less) and then every `intervalMs`; runs never overlap. As with
 * Go's ticker, all ticks during a run become one run directly after it, and later ticks keep the original rhythm.
 */
export class Ticker {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #delayMs: number;
  readonly #work: () => Promise<void>;
  #ticking: Ticking = { step: 'idle' };
  /** When the latest run was due, clock milliseconds. */
  #due = 0;

  /** `work` must not reject. */
  constructor(clock: Clock, intervalMs: number, delayMs: number, work: () => Promise<void>) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#delayMs = delayMs;
    this.#work = work;
  }

  start(): void {
    if (this.#ticking.step !== 'idle') return;
    this.#wait(this.#delayMs, () => {
      this.#due = this.#clock.now();
      this.#run();
    });
  }

  /** Starts no further run. Resolves at the end of the current one. */
  async stop(): Promise<void> {
    const ticking = this.#ticking;
    this.#ticking = { step: 'stopped' };
    if (ticking.step === 'waiting') ticking.cancel();
    else if (ticking.step === 'running') await ticking.done;
  }

  #run(): void {
    const done = this.#work().then(() => this.#next());
    this.#ticking = { step: 'running', done };
  }

  #next(): void {
    if (this.#ticking.step === 'stopped') return;
    const due = this.#due + this.#intervalMs;
    const late = this.#clock.now() - due;
    this.#due = late > 0 ? due + Math.floor(late / this.#intervalMs) * this.#intervalMs : due;
    this.#wait(-late, () => this.#run());
  }

  #wait(ms: number, run: () => void): void {
    this.#ticking = { step: 'waiting', cancel: this.#clock.after(Math.max(0, ms), run) };
  }
}
