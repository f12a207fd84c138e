import { getHeapStatistics } from 'node:v8';
import type { Meter, MetricSpec } from '../component/telemetry.js';

const metric = (name: string, kind: 'counter' | 'gauge', unit: string, description: string): MetricSpec => ({
  name: `otelcol_process_${name}`,
  description: `${description} [Alpha]`,
  unit,
  kind,
  level: 'basic',
});

/** The metrics of the process itself. The `runtime` names are the Collector's, for Go; here they mean V8's heap. */
export const processMetrics: Readonly<
  Record<'uptime' | 'cpu' | 'rss' | 'heap' | 'heapTotal' | 'fromSystem', MetricSpec>
> = {
  uptime: { ...metric('uptime', 'counter', 's', 'Uptime of the process'), double: true, merge: 'max' },
  cpu: { ...metric('cpu_seconds', 'counter', 's', 'Total CPU user and system time in seconds'), double: true },
  rss: metric('memory_rss', 'gauge', 'By', 'Total physical memory (resident set size)'),
  heap: metric(
    'runtime_heap_alloc_bytes',
    'gauge',
    'By',
    "Bytes of allocated heap objects (see 'go doc runtime.MemStats.HeapAlloc')",
  ),
  heapTotal: metric(
    'runtime_total_alloc_bytes',
    'counter',
    'By',
    "Cumulative bytes allocated for heap objects (see 'go doc runtime.MemStats.TotalAlloc')",
  ),
  fromSystem: metric(
    'runtime_total_sys_memory_bytes',
    'gauge',
    'By',
    "Total bytes of memory obtained from the OS (see 'go doc runtime.MemStats.Sys')",
  ),
};

/** Registers the metrics of the process. */
export function observeProcess(meter: Meter): void {
  const { uptime, cpu, rss, heap, heapTotal, fromSystem } = processMetrics;
  meter.observe(uptime, {}, () => process.uptime());
  meter.observe(cpu, {}, () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  meter.observe(rss, {}, residentBytes);
  meter.observe(heap, {}, () => getHeapStatistics().used_heap_size);
  // V8 does not count what it has allocated in total; the largest size of its heap is the nearest value that never
  // decreases.
  let largest = 0;
  meter.observe(heapTotal, {}, () => (largest = Math.max(largest, getHeapStatistics().total_heap_size)));
  meter.observe(fromSystem, {}, residentBytes);
}

let lastResident = 0;

/** Reads a file of /proc: while no file descriptor is left the last value stands, and the scrape goes on. */
function residentBytes(): number {
  try {
    lastResident = process.memoryUsage.rss();
  } catch {
    // The last value is right enough.
  }
  return lastResident;
}
