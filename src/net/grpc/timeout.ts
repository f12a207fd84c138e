const unitMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/** Milliseconds of a `grpc-timeout` field; undefined when the field is malformed. */
export function timeoutMs(field: string): number | undefined {
  const match = /^(\d{1,8})([HMSmun])$/.exec(field);
  return match ? Number(match[1]) * (unitMs[match[2] ?? ''] ?? 0) : undefined;
}

/** The units of a field that is written, the finest first. */
const written = ['u', 'm', 'S', 'M', 'H'] as const;
const mostDigits = 99_999_999;

/** Milliseconds as a `grpc-timeout` field: at most eight digits and the finest unit that they suffice for. */
export function timeoutField(ms: number): string {
  for (const unit of written) {
    const count = Math.floor(ms / (unitMs[unit] ?? 1));
    if (count <= mostDigits) return `${Math.max(1, count)}${unit}`;
  }
  return `${mostDigits}H`;
}
