const unitMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/** Milliseconds of a `grpc-timeout` field; undefined when the field is malformed. */
export function timeoutMs(field: string): number | undefined {
  const match = /^(\d{1,8})([HMSmun])$/.exec(field);
  return match ? Number(match[1]) * (unitMs[match[2] ?? ''] ?? 0) : undefined;
}

/** Milliseconds as a `grpc-timeout` field: at most eight digits and a unit. */
export function timeoutField(ms: number): string {
  const micros = Math.max(1, Math.floor(ms * 1000));
  if (micros < 100_000_000) return `${micros}u`;
  const whole = Math.floor(ms);
  return whole < 100_000_000 ? `${whole}m` : `${Math.floor(ms / 1000)}S`;
}
