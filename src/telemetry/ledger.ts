import type { ReceiverLedger, ComponentLedger, Ledger, LedgerRow } from '../component/ledger.js';
import type { Meter, MetricSpec } from '../component/telemetry.js';
import type { Signal } from '../otlp/signal.js';
import type { FamilySnapshot, SeriesSnapshot } from './merged.js';

const entry = (word: string, what: string): MetricSpec => ({
  name: `kanmon_ledger_${word}`,
  description: what,
  unit: '{item}',
  kind: word === 'held' ? 'gauge' : 'counter',
  level: 'basic',
});

export const ledgerMetrics: Readonly<
  Record<'accepted' | 'refused' | 'in' | 'created' | 'out' | 'dropped' | 'returned' | 'held', MetricSpec>
> = {
  accepted: entry('accepted', 'Items that a receiver accepted.'),
  refused: entry('refused', 'Items that a receiver refused, by reason.'),
  in: entry('in', 'Obligations that an component took on: one item towards one terminal exporter.'),
  created: entry('created', 'Obligations that an component created, such as metrics made of spans.'),
  out: entry('out', 'Obligations that an component fulfilled or handed on.'),
  dropped: entry('dropped', 'Obligations that an component dropped, by reason.'),
  returned: entry('returned', 'Obligations that an component gave back to its caller, by reason.'),
  held: entry('held', 'Obligations that an component holds now, by place.'),
};

/** Named amounts; a name becomes a metric series when it first occurs. */
class Amounts {
  readonly values: Map<string, number> = new Map();
  readonly #appear: (name: string) => void;
  constructor(appear: (name: string) => void) {
    this.#appear = appear;
  }
  add(name: string, items: number): void {
    const now = this.values.get(name);
    this.values.set(name, (now ?? 0) + items);
    if (now === undefined) this.#appear(name);
  }
  total(): number {
    let sum = 0;
    for (const value of this.values.values()) sum += value;
    return sum;
  }
}

type Labels = Readonly<Record<string, string>>;

/** Told when the books change: `true` before what was accepted is acknowledged. */
type Changed = (accepted: boolean) => void;

class ReceiverRow implements ReceiverLedger {
  readonly labels: Labels;
  readonly #changed: Changed;
  readonly refusals: Amounts;
  acceptedItems = 0;
  #meter: Meter;
  constructor(meter: Meter, labels: Labels, changed: Changed) {
    this.labels = labels;
    this.#changed = changed;
    this.refusals = new Amounts((reason) => this.#show(reason));
    this.#meter = meter;
    this.observe(meter);
  }
  observe(meter: Meter): void {
    this.#meter = meter;
    meter.observe(ledgerMetrics.accepted, this.labels, () => this.acceptedItems);
    for (const reason of this.refusals.values.keys()) this.#show(reason);
  }
  #show(reason: string): void {
    this.#meter.observe(ledgerMetrics.refused, { ...this.labels, reason }, () => this.refusals.values.get(reason) ?? 0);
  }
  accepted(items: number): void {
    this.acceptedItems += items;
    this.#changed(true);
  }
  refused(items: number, reason: string): void {
    this.refusals.add(reason, items);
  }
}

class ComponentRow implements ComponentLedger {
  readonly labels: Labels;
  readonly #changed: Changed;
  readonly drops: Amounts;
  readonly returns: Amounts;
  readonly holds: Amounts;
  taken = 0;
  made = 0;
  passed = 0;
  #meter: Meter;
  constructor(meter: Meter, labels: Labels, changed: Changed) {
    this.labels = labels;
    this.#changed = changed;
    this.drops = new Amounts((reason) => this.#show(ledgerMetrics.dropped, { reason }, () => this.drops.values.get(reason) ?? 0));
    this.returns = new Amounts((reason) => this.#show(ledgerMetrics.returned, { reason }, () => this.returns.values.get(reason) ?? 0));
    this.holds = new Amounts((where) => this.#show(ledgerMetrics.held, { where }, () => this.holds.values.get(where) ?? 0));
    this.#meter = meter;
    this.observe(meter);
  }
  observe(meter: Meter): void {
    this.#meter = meter;
    this.#show(ledgerMetrics.in, {}, () => this.taken);
    this.#show(ledgerMetrics.out, {}, () => this.passed);
    if (this.made > 0) this.#show(ledgerMetrics.created, {}, () => this.made);
    for (const [amounts, spec, label] of [
      [this.drops, ledgerMetrics.dropped, 'reason'],
      [this.returns, ledgerMetrics.returned, 'reason'],
      [this.holds, ledgerMetrics.held, 'where'],
    ] as const)
      for (const name of amounts.values.keys()) this.#show(spec, { [label]: name }, () => amounts.values.get(name) ?? 0);
  }
  #show(spec: MetricSpec, more: Labels, read: () => number): void {
    this.#meter.observe(spec, { ...this.labels, ...more }, read);
  }
  in(items: number): void {
    this.taken += items;
  }
  created(items: number): void {
    if (this.made === 0) this.#show(ledgerMetrics.created, {}, () => this.made);
    this.made += items;
  }
  out(items: number): void {
    this.passed += items;
    this.#changed(false);
  }
  dropped(items: number, reason: string): void {
    this.drops.add(reason, items);
  }
  returned(items: number, reason: string): void {
    this.returns.add(reason, items);
  }
  held(delta: number, where: string): void {
    this.holds.add(where, delta);
  }
}

/** The books of the process: they outlive a reload, so that nothing accepted before it is forgotten. */
export class Books implements Ledger {
  readonly #receivers: Map<string, ReceiverRow> = new Map();
  readonly #components: Map<string, ComponentRow> = new Map();
  readonly #changed: Changed;
  #meter: Meter;

  constructor(meter: Meter, changed: Changed = () => {}) {
    this.#meter = meter;
    this.#changed = changed;
  }

  /** Shows the books through another meter: a reload makes new telemetry. */
  observe(meter: Meter): void {
    this.#meter = meter;
    for (const receiver of this.#receivers.values()) receiver.observe(meter);
    for (const component of this.#components.values()) component.observe(meter);
  }

  receiver(id: string, signal: Signal): ReceiverLedger {
    const key = `${signal} ${id}`;
    let receiver = this.#receivers.get(key);
    if (!receiver) this.#receivers.set(key, (receiver = new ReceiverRow(this.#meter, { receiver: id, signal }, this.#changed)));
    return receiver;
  }

  component(id: string, signal: Signal): ComponentLedger {
    const key = `${signal} ${id}`;
    let component = this.#components.get(key);
    if (!component) this.#components.set(key, (component = new ComponentRow(this.#meter, { component: id, signal }, this.#changed)));
    return component;
  }

  rows(): LedgerRow[] {
    const rows: LedgerRow[] = [];
    for (const [key, receiver] of this.#receivers) {
      const { id, signal } = split(key);
      rows.push({ kind: 'receiver', id, signal, accepted: receiver.acceptedItems, refused: Object.fromEntries(receiver.refusals.values) });
    }
    for (const [key, component] of this.#components) {
      const { id, signal } = split(key);
      rows.push({
        kind: 'component',
        id,
        signal,
        in: component.taken,
        created: component.made,
        out: component.passed,
        dropped: Object.fromEntries(component.drops.values),
        returned: Object.fromEntries(component.returns.values),
        held: Object.fromEntries(component.holds.values),
        balanced:
          component.taken + component.made ===
          component.passed + component.drops.total() + component.returns.total() + component.holds.total(),
      });
    }
    return rows;
  }
}

function split(key: string): { id: string; signal: Signal } {
  const at = key.indexOf(' ');
  return { signal: key.slice(0, at) as Signal, id: key.slice(at + 1) };
}

/** Books that were kept elsewhere, as the metrics that `Books` would show of them. */
export function ledgerSnapshot(rows: readonly LedgerRow[], scope: string): FamilySnapshot[] {
  const families = new Map<MetricSpec, SeriesSnapshot[]>();
  const show = (spec: MetricSpec, attributes: Labels, value: number): void => {
    const key = JSON.stringify(attributes);
    const series: SeriesSnapshot = { kind: 'number', key, attributes, observed: true, value };
    const all = families.get(spec);
    if (all) all.push(series);
    else families.set(spec, [series]);
  };
  const amounts = (spec: MetricSpec, labels: Labels, label: string, named: Readonly<Record<string, number>>): void => {
    for (const [name, items] of Object.entries(named)) show(spec, { ...labels, [label]: name }, items);
  };
  for (const row of rows) {
    const { signal } = row;
    if (row.kind === 'receiver') {
      show(ledgerMetrics.accepted, { receiver: row.id, signal }, row.accepted);
      amounts(ledgerMetrics.refused, { receiver: row.id, signal }, 'reason', row.refused);
      continue;
    }
    const labels = { component: row.id, signal };
    show(ledgerMetrics.in, labels, row.in);
    show(ledgerMetrics.out, labels, row.out);
    if (row.created > 0) show(ledgerMetrics.created, labels, row.created);
    amounts(ledgerMetrics.dropped, labels, 'reason', row.dropped);
    amounts(ledgerMetrics.returned, labels, 'reason', row.returned);
    amounts(ledgerMetrics.held, labels, 'where', row.held);
  }
  return [...families].map(([spec, series]) => ({ spec, scope, series }));
}
