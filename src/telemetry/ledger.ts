import type { ReceiverLedger, ComponentLedger, Ledger, LedgerRow } from '../component/ledger.js';
import type { Meter, MetricSpec } from '../component/telemetry.js';
import type { Signal } from '../otlp/signal.js';
import { ledgerMetrics, type Labels } from './ledger-metrics.js';

/** The row for the parts of a component that are gone; undefined for a whole component, and for that row itself. */
export function formerParts(id: string): string | undefined {
  const space = id.indexOf(' ');
  if (space < 0 || id.endsWith(former)) return undefined;
  return `${id.slice(0, space)}${former}`;
}
/** A part's name is an address, which has no space. */
const former = ' former parts';

/** Items by reason or place. `appear` is called when a name first occurs, to register its metric series. */
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

/** Called after a change of the books; `accepted` is true when items were accepted, before they are acknowledged. */
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
    this.refusals = new Amounts((reason) => this.#register(reason));
    this.#meter = meter;
    this.observe(meter);
  }
  observe(meter: Meter): void {
    this.#meter = meter;
    meter.observe(ledgerMetrics.accepted, this.labels, () => this.acceptedItems);
    for (const reason of this.refusals.values.keys()) this.#register(reason);
  }
  #register(reason: string): void {
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
  /** Ends the metrics of this row. */
  readonly #stops: (() => void)[] = [];
  /** The row that has this one's counts. A late change of a row that is gone is its change. */
  #heir: ComponentRow | undefined;
  readonly drops: Amounts;
  readonly returns: Amounts;
  readonly holds: Amounts;
  inItems = 0;
  createdItems = 0;
  outItems = 0;
  #meter: Meter;
  constructor(meter: Meter, labels: Labels, changed: Changed) {
    this.labels = labels;
    this.#changed = changed;
    this.drops = new Amounts((reason) =>
      this.#register(ledgerMetrics.dropped, { reason }, () => this.drops.values.get(reason) ?? 0),
    );
    this.returns = new Amounts((reason) =>
      this.#register(ledgerMetrics.returned, { reason }, () => this.returns.values.get(reason) ?? 0),
    );
    this.holds = new Amounts((where) =>
      this.#register(ledgerMetrics.held, { where }, () => this.holds.values.get(where) ?? 0),
    );
    this.#meter = meter;
    this.observe(meter);
  }
  observe(meter: Meter): void {
    this.#meter = meter;
    this.#stops.length = 0;
    this.#register(ledgerMetrics.in, {}, () => this.inItems);
    this.#register(ledgerMetrics.out, {}, () => this.outItems);
    if (this.createdItems > 0) this.#register(ledgerMetrics.created, {}, () => this.createdItems);
    for (const [amounts, spec, label] of [
      [this.drops, ledgerMetrics.dropped, 'reason'],
      [this.returns, ledgerMetrics.returned, 'reason'],
      [this.holds, ledgerMetrics.held, 'where'],
    ] as const)
      for (const name of amounts.values.keys())
        this.#register(spec, { [label]: name }, () => amounts.values.get(name) ?? 0);
  }
  #register(spec: MetricSpec, more: Labels, read: () => number): void {
    this.#stops.push(this.#meter.observe(spec, { ...this.labels, ...more }, read));
  }
  in(items: number): void {
    (this.#heir ?? this).inItems += items;
  }
  created(items: number): void {
    const row = this.#heir ?? this;
    if (row.createdItems === 0) row.#register(ledgerMetrics.created, {}, () => row.createdItems);
    row.createdItems += items;
  }
  out(items: number): void {
    (this.#heir ?? this).outItems += items;
    this.#changed(false);
  }
  dropped(items: number, reason: string): void {
    (this.#heir ?? this).drops.add(reason, items);
    this.#changed(false);
  }
  returned(items: number, reason: string): void {
    (this.#heir ?? this).returns.add(reason, items);
    this.#changed(false);
  }
  held(delta: number, where: string): void {
    (this.#heir ?? this).holds.add(where, delta);
  }

  /** Moves all counts into another row, and ends the metrics of this one. */
  foldInto(heir: ComponentRow): void {
    for (const stop of this.#stops.splice(0)) stop();
    heir.in(this.inItems);
    if (this.createdItems > 0) heir.created(this.createdItems);
    heir.outItems += this.outItems;
    for (const [reason, items] of this.drops.values) heir.dropped(items, reason);
    for (const [reason, items] of this.returns.values) heir.returned(items, reason);
    this.#heir = heir;
  }
}

/** The books of the process. They survive a reload, so that items accepted before it stay counted. */
export class Books implements Ledger {
  readonly #receivers: Map<string, ReceiverRow> = new Map();
  readonly #components: Map<string, ComponentRow> = new Map();
  readonly #changed: Changed;
  /** Keys of rows of parts that have left and may still hold something. */
  readonly #leaving: Set<string> = new Set();
  /** Keys of rows of parts that nobody has asked for since the last reload. */
  #unclaimed: Set<string> = new Set();
  #meter: Meter;

  constructor(meter: Meter, changed: Changed = () => {}) {
    this.#meter = meter;
    this.#changed = changed;
  }

  /**
   * Registers the metrics of all rows with another meter: a reload creates new telemetry. Parts that the configuration
   * before the last one had, and the last one had not, are gone.
   */
  observe(meter: Meter): void {
    this.#meter = meter;
    for (const key of this.#unclaimed) this.#leaving.add(key);
    this.#fold();
    this.#unclaimed = new Set([...this.#components.keys()].filter((key) => formerParts(split(key).id) !== undefined));
    for (const receiver of this.#receivers.values()) receiver.observe(meter);
    for (const component of this.#components.values()) component.observe(meter);
  }

  receiver(id: string, signal: Signal): ReceiverLedger {
    const key = `${signal} ${id}`;
    let receiver = this.#receivers.get(key);
    if (!receiver)
      this.#receivers.set(key, (receiver = new ReceiverRow(this.#meter, { receiver: id, signal }, this.#changed)));
    return receiver;
  }

  component(id: string, signal: Signal): ComponentLedger {
    const key = `${signal} ${id}`;
    this.#leaving.delete(key);
    this.#unclaimed.delete(key);
    return this.#row(id, signal);
  }

  #row(id: string, signal: Signal): ComponentRow {
    const key = `${signal} ${id}`;
    let row = this.#components.get(key);
    if (!row)
      this.#components.set(key, (row = new ComponentRow(this.#meter, { component: id, signal }, this.#changed)));
    return row;
  }

  retire(id: string, signal: Signal): void {
    this.#leaving.add(`${signal} ${id}`);
    this.#fold();
  }

  /** Adds the parts that have left, and hold nothing more, to the row of all that have. */
  #fold(): void {
    for (const key of this.#leaving) {
      const { id, signal } = split(key);
      const heir = formerParts(id);
      const row = this.#components.get(key);
      if (row !== undefined && row.holds.total() !== 0) continue;
      this.#leaving.delete(key);
      if (row === undefined || heir === undefined) continue;
      row.foldInto(this.#row(heir, signal));
      this.#components.delete(key);
    }
  }

  rows(): LedgerRow[] {
    this.#fold();
    const rows: LedgerRow[] = [];
    for (const [key, receiver] of this.#receivers) {
      const { id, signal } = split(key);
      rows.push({
        kind: 'receiver',
        id,
        signal,
        accepted: receiver.acceptedItems,
        refused: Object.fromEntries(receiver.refusals.values),
      });
    }
    for (const [key, component] of this.#components) {
      const { id, signal } = split(key);
      rows.push({
        kind: 'component',
        id,
        signal,
        in: component.inItems,
        created: component.createdItems,
        out: component.outItems,
        dropped: Object.fromEntries(component.drops.values),
        returned: Object.fromEntries(component.returns.values),
        held: Object.fromEntries(component.holds.values),
        balanced:
          component.inItems + component.createdItems ===
          component.outItems + component.drops.total() + component.returns.total() + component.holds.total(),
      });
    }
    return rows;
  }
}

function split(key: string): { id: string; signal: Signal } {
  const at = key.indexOf(' ');
  return { signal: key.slice(0, at) as Signal, id: key.slice(at + 1) };
}
