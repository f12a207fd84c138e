/** Time and randomness come in through here, so that tests can hold them. */
export interface Clock {
  /** Monotonic milliseconds, with fractions. */
  now(): number;
  /** Wall clock, milliseconds since the epoch. */
  unixMs(): number;
  /**
   * Calls `run` once after `ms`, however long that is: Infinity never comes. The returned function cancels. Does not
   * keep the process alive.
   */
  after(ms: number, run: () => void): () => void;
}

export type Random = () => number;

/** The longest timer that Node has, milliseconds (24.8 days): it makes every longer one fire at once. */
const longestTimerMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  unixMs: () => Date.now(),
  after(ms, run) {
    if (ms > longestTimerMs) return afterLong(ms, run, longestTimerMs);
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** A timer longer than `longestMs`: as many of those as it takes. */
export function afterLong(ms: number, run: () => void, longestMs: number): () => void {
  if (ms === Number.POSITIVE_INFINITY) return () => {};
  const end = performance.now() + ms;
  let timer: NodeJS.Timeout;
  const arm = (): void => {
    const left = end - performance.now();
    timer = left > longestMs ? setTimeout(arm, longestMs) : setTimeout(run, left);
    timer.unref();
  };
  arm();
  return () => clearTimeout(timer);
}

/** Calls `run` every `ms`, until the returned function is called. Does not keep the process alive. */
export function every(clock: Clock, ms: number, run: () => void): () => void {
  const again = (): void => {
    cancel = clock.after(ms, again);
    run();
  };
  let cancel = clock.after(ms, again);
  return () => cancel();
}

/** Resolves after `ms`, or as soon as `signal` aborts. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(ms, end);
    if (signal?.aborted) end();
    else signal?.addEventListener('abort', end, { once: true });
  });
}

/** A signal that aborts after `ms`, however long that is; `AbortSignal.timeout` ends at Node's longest timer. */
export function abortAfter(clock: Clock, ms: number): AbortSignal {
  const controller = new AbortController();
  clock.after(ms, () => controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')));
  return controller.signal;
}

/** Keeps the process alive until the returned function is called. */
export function keepAlive(): () => void {
  const timer = setInterval(() => {}, longestTimerMs);
  return () => clearInterval(timer);
}

/**
 * A time limit in the form that Node and its libraries take: whole milliseconds, at most their longest timer. Zero,
 * which is "none" to all of them, stays zero.
 */
export function nodeTimeout(ms: number): number {
  return Math.min(Math.ceil(ms), longestTimerMs);
}
