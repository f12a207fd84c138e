import type { LedgerRow } from '../component/ledger.js';
import type { MetricSpec } from '../component/telemetry.js';
import type { FamilySnapshot, SeriesSnapshot } from './merged.js';

export type Labels = Readonly<Record<string, string>>;

const metric = (word: string, description: string): MetricSpec => ({
  name: `kanmon_ledger_${word}`,
  description,
  unit: '{item}',
  kind: word === 'held' ? 'gauge' : 'counter',
  level: 'basic',
});

export const ledgerMetrics: Readonly<
  Record<'accepted' | 'refused' | 'in' | 'created' | 'out' | 'dropped' | 'returned' | 'held', MetricSpec>
> = {
  accepted: metric('accepted', 'Items that a receiver accepted.'),
  refused: metric('refused', 'Items that a receiver refused, by reason.'),
  in: metric('in', 'Obligations that a component accepted: one item towards one terminal exporter.'),
  created: metric('created', 'Obligations that a component created, such as metrics made of spans.'),
  out: metric('out', 'Obligations that a component fulfilled or passed on.'),
  dropped: metric('dropped', 'Obligations that a component dropped, by reason.'),
  returned: metric('returned', 'Obligations that a component returned to its caller, by reason.'),
  held: metric('held', 'Obligations that are in a component now, by place.'),
};

/** The metrics of ledger rows that come from other processes, as `Books` registers them for its own. */
export function ledgerSnapshot(rows: readonly LedgerRow[], scope: string): FamilySnapshot[] {
  const families = new Map<MetricSpec, SeriesSnapshot[]>();
  const add = (spec: MetricSpec, attributes: Labels, value: number): void => {
    const key = JSON.stringify(attributes);
    const series: SeriesSnapshot = { kind: 'number', key, attributes, observed: true, value };
    const all = families.get(spec);
    if (all) all.push(series);
    else families.set(spec, [series]);
  };
  const amounts = (spec: MetricSpec, labels: Labels, label: string, named: Readonly<Record<string, number>>): void => {
    for (const [name, items] of Object.entries(named)) add(spec, { ...labels, [label]: name }, items);
  };
  for (const row of rows) {
    const { signal } = row;
    if (row.kind === 'receiver') {
      add(ledgerMetrics.accepted, { receiver: row.id, signal }, row.accepted);
      amounts(ledgerMetrics.refused, { receiver: row.id, signal }, 'reason', row.refused);
      continue;
    }
    const labels = { component: row.id, signal };
    add(ledgerMetrics.in, labels, row.in);
    add(ledgerMetrics.out, labels, row.out);
    if (row.created > 0) add(ledgerMetrics.created, labels, row.created);
    amounts(ledgerMetrics.dropped, labels, 'reason', row.dropped);
    amounts(ledgerMetrics.returned, labels, 'reason', row.returned);
    amounts(ledgerMetrics.held, labels, 'where', row.held);
  }
  return [...families].map(([spec, series]) => ({ spec, scope, series }));
}
