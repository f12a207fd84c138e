/** Time and randomness come in through here, so that tests can hold them. */
export interface Clock {
  /** Monotonic milliseconds, with fractions. */
  now(): number;
  /** Wall clock, milliseconds since the epoch. */
  unixMs(): number;
  /** Calls `run` once after `ms`; the returned function cancels. Does not keep the process alive. */
  after(ms: number, run: () => void): () => void;
}

export type Random = () => number;

export const systemClock: Clock = {
  now: () => performance.now(),
  unixMs: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
