import type { ReceiverLedger, ComponentLedger, Ledger, LedgerRow } from '../component/ledger.js';
import type { Meter, MetricSpec } from '../component/telemetry.js';
import type { Signal } from '../otlp/signal.js';
import { ledgerMetrics, type Labels } from './ledger-metrics.js';

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
    this.#meter.observe(spec, { ...this.labels, ...more }, read);
  }
  in(items: number): void {
    this.inItems += items;
  }
  created(items: number): void {
    if (this.createdItems === 0) this.#register(ledgerMetrics.created, {}, () => this.createdItems);
    this.createdItems += items;
  }
  out(items: number): void {
    this.outItems += items;
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

/** The books of the process. They survive a reload, so that items accepted before it stay counted. */
export class Books implements Ledger {
  readonly #receivers: Map<string, ReceiverRow> = new Map();
  readonly #components: Map<string, ComponentRow> = new Map();
  readonly #changed: Changed;
  #meter: Meter;

  constructor(meter: Meter, changed: Changed = () => {}) {
    this.#meter = meter;
    this.#changed = changed;
  }

  /** Registers the metrics of all rows with another meter: a reload creates new telemetry. */
  observe(meter: Meter): void {
    this.#meter = meter;
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
    let component = this.#components.get(key);
    if (!component)
      this.#components.set(key, (component = new ComponentRow(this.#meter, { component: id, signal }, this.#changed)));
    return component;
  }

  rows(): LedgerRow[] {
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
