/**
 * Measures how busy this worker was since the last call: the share of the time in which its event loop had work and it
 * had a core to do it on. A worker that waits for a core gains nothing by offloading, as the others would wait for the
 * same one.
 */
export function loadMeter(): () => number {
  let loop = performance.eventLoopUtilization();
  let cpu = process.cpuUsage();
  let at = performance.now();
  return () => {
    const now = performance.now();
    const { utilization } = performance.eventLoopUtilization(loop);
    const { user, system } = process.cpuUsage(cpu);
    const cores = (user + system) / 1000 / (now - at);
    loop = performance.eventLoopUtilization();
    cpu = process.cpuUsage();
    at = now;
    return Math.min(utilization, cores);
  };
}
