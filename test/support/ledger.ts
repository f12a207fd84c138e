/** Rows of the ledger, or series of other metrics, read from the Prometheus text of a running gateway. */
export interface LedgerRow {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export function readLedger(metricsPort: number): Promise<LedgerRow[]> {
  return readSeries(metricsPort, 'kanmon_ledger');
}

/** All series of the metrics whose names begin with `prefix`. */
export async function readSeries(metricsPort: number, prefix: string): Promise<LedgerRow[]> {
  const response = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
  const rows: LedgerRow[] = [];
  for (const line of (await response.text()).split('\n')) {
    const match = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (!match?.[1]?.startsWith(prefix)) continue;
    const labels: Record<string, string> = {};
    for (const [, key, value] of (match[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g))
      labels[key ?? ''] = value ?? '';
    rows.push({ name: match[1] ?? '', labels, value: Number(match[3]) });
  }
  return rows;
}

export function sum(rows: readonly LedgerRow[], name: string, labels: Readonly<Record<string, string>> = {}): number {
  let total = 0;
  for (const row of rows) {
    if (row.name === name && Object.entries(labels).every(([key, value]) => row.labels[key] === value))
      total += row.value;
  }
  return total;
}
