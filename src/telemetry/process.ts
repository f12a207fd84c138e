import type { Meter, MetricSpec } from '../component/telemetry.js';

const metric = (name: string, kind: 'counter' | 'gauge', unit: string, description: string, double = false): MetricSpec => ({
  name: `otelcol_process_${name}`,
  description: `${description} [Alpha]`,
  unit,
  kind,
  level: 'basic',
  double,
});

/** Registers the process's own metrics. The `runtime` names are Go's; here they mean V8's heap. */
export function observeProcess(meter: Meter): void {
  const cpu = (): number => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  };
  meter.observe({ ...metric('uptime', 'counter', 's', 'Uptime of the process', true), merge: 'max' }, {}, () => process.uptime());
  meter.observe(metric('cpu_seconds', 'counter', 's', 'Total CPU user and system time in seconds', true), {}, cpu);
  meter.observe(metric('memory_rss', 'gauge', 'By', 'Total physical memory (resident set size)'), {}, () => process.memoryUsage.rss());
  meter.observe(
    metric('runtime_heap_alloc_bytes', 'gauge', 'By', "Bytes of allocated heap objects (see 'go doc runtime.MemStats.HeapAlloc')"),
    {},
    () => process.memoryUsage().heapUsed,
  );
  // V8 keeps no running total of what it ever allocated; the heap it took from the system is the nearest that never
  // falls.
  let most = 0;
  meter.observe(
    metric(
      'runtime_total_alloc_bytes',
      'counter',
      'By',
      "Cumulative bytes allocated for heap objects (see 'go doc runtime.MemStats.TotalAlloc')",
    ),
    {},
    () => (most = Math.max(most, process.memoryUsage().heapTotal)),
  );
  meter.observe(
    metric(
      'runtime_total_sys_memory_bytes',
      'gauge',
      'By',
      "Total bytes of memory obtained from the OS (see 'go doc runtime.MemStats.Sys')",
    ),
    {},
    () => process.memoryUsage().rss,
  );
}
