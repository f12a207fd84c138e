const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Parses a Go duration (`1h30m`, `200ms`, `-1.5s`, `0`) into milliseconds; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  const match = /^([+-]?)(.*)$/s.exec(text);
  const body = match?.[2] ?? '';
  if (body === '0') return 0;
  if (!/^(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(body)) return undefined;
  let total = 0;
  for (const part of body.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/gy)) {
    total += Number(part[1]) * (unitMs[part[2] ?? ''] ?? 0);
  }
  // Go counts nanoseconds in 63 bits.
  if (total > 9_223_372_036_854.775) return undefined;
  return match?.[1] === '-' ? -total : total;
}

/** Writes milliseconds as Go does: `5m0s`, `1.5s`, `200ms`, `0s`. */
export function formatDuration(ms: number): string {
  const sign = ms < 0 ? '-' : '';
  const total = Math.abs(ms);
  if (total === 0) return '0s';
  if (total < 1e-3) return `${sign}${Math.round(total * 1e6)}ns`;
  if (total < 1) return `${sign}${trim(total * 1e3)}µs`;
  if (total < 1000) return `${sign}${trim(total)}ms`;
  const hours = Math.floor(total / 3_600_000);
  const minutes = Math.floor((total % 3_600_000) / 60_000);
  const seconds = trim((total % 60_000) / 1000);
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}s`;
  return minutes > 0 ? `${sign}${minutes}m${seconds}s` : `${sign}${seconds}s`;
}

function trim(value: number): string {
  return String(Number(value.toFixed(9)));
}
