/** Rows of the ledger, read from the Prometheus text of a running gateway. */
export interface LedgerRow {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export async function readLedger(metricsPort: number): Promise<LedgerRow[]> {
  const response = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
  const rows: LedgerRow[] = [];
  for (const line of (await response.text()).split('\n')) {
    const match = /^(kanmon_ledger\w*)\{(.*)\} (\S+)$/.exec(line);
    if (!match) continue;
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
