/** The figures that Node has measured since the process began. */
export interface Readings {
  /** Monotonic milliseconds. */
  readonly now: number;
  /** Milliseconds in which the event loop had work. */
  readonly active: number;
  /** CPU time of the process, milliseconds. */
  readonly cpu: number;
}

function readings(): Readings {
  const { user, system } = process.cpuUsage();
  return {
    now: performance.now(),
    active: performance.eventLoopUtilization().active,
    cpu: (user + system) / 1000,
  };
}

/**
 * Measures how busy this worker was since the last call: the share of the time in which its event loop had work and it
 * had a core to do it on. A worker that waits for a core gains nothing by offloading, as the others would wait for the
 * same one.
 */
export function loadMeter(read: () => Readings = readings): () => number {
  let last = read();
  return () => {
    const current = read();
    const elapsed = current.now - last.now;
    const busy = Math.min(current.active - last.active, current.cpu - last.cpu);
    last = current;
    return Math.min(1, busy / elapsed);
  };
}
