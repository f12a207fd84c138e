const durationUnits: Readonly<Record<string, number>> = {
  y: 365 * 86_400_000,
  w: 7 * 86_400_000,
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
};
const durationPattern = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** A duration of Prometheus (`1h30m`, `15s`, `1d`, `0`) in milliseconds; undefined when it is none. */
export function promDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const match = text === '' ? null : durationPattern.exec(text);
  if (!match) return undefined;
  const names = Object.keys(durationUnits);
  return names.reduce((sum, name, i) => sum + Number(match[i + 1] ?? 0) * (durationUnits[name] ?? 0), 0);
}

/** Milliseconds as Prometheus writes them: `1m`, `1h30m`, `1m30s500ms`. */
export function promDurationText(ms: number): string {
  if (ms === 0) return '0s';
  let rest = ms;
  let text = '';
  for (const [unit, size] of Object.entries(durationUnits)) {
    // Years, weeks are written only where they are the whole of it.
    if ((unit === 'y' || unit === 'w') && rest % size !== 0) continue;
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text;
}

const byteUnits: Readonly<Record<string, number>> = { b: 0, k: 1, m: 2, g: 3, t: 4, p: 5, e: 6 };

/** A size (`10MB`, `1KiB`, `512`) in bytes; every unit is a power of 1024, as in Prometheus. Undefined for no size. */
export function byteSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(?:([kmgtpe])(?:i?b)?|b)?$/i.exec(text);
  if (!match) return undefined;
  const power = byteUnits[(match[2] ?? 'b').toLowerCase()] ?? 0;
  return Math.floor(Number(match[1]) * 1024 ** power);
}
