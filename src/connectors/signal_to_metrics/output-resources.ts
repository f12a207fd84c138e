import { ByteRuns } from '../../aggregation/byte-runs.js';
import { KeyedRows } from '../../aggregation/keyed-rows.js';
import { checkMetricsSize } from '../../aggregation/metrics-limit.js';
import { ValueKey } from '../../aggregation/value-key.js';
import { attributesFor } from '../../otlp/build/builder.js';
import type { MetricBuilder } from '../../otlp/build/metrics.js';
import { Backing } from '../../otlp/view/backing.js';
import type { MessageFields } from '../../otlp/view/message-fields.js';
import { ResourceView } from '../../otlp/view/resource.js';
import { KeyValueView, type ValueView } from '../../otlp/view/value.js';
import type { SelectedAttribute } from './config.js';
import { AttributeSelection } from './selection.js';

const instanceKey = 'signal_to_metrics.service.instance.id';

/**
 * The resources of the metrics that are made of one batch, by number: those with the same attributes are one. A metric
 * keeps all attributes of a resource, or some, so that one resource may become several.
 */
export class OutputResources {
  readonly #instanceId: string;
  readonly #selections: readonly (AttributeSelection | undefined)[];
  /** By selection: the number for the resource of the batch that was looked for last. */
  readonly #numbers: Int32Array;
  #row = -1;
  readonly #rows: KeyedRows = new KeyedRows();
  readonly #encoded: ByteRuns = new ByteRuns();
  readonly #key: ValueKey = new ValueKey();
  readonly #entry: KeyValueView = new KeyValueView();
  readonly #backing: Backing = new Backing();
  readonly #resource: ResourceView = new ResourceView();

  /** @param selections - the attributes that metrics keep; none in a list: all of them */
  constructor(selections: readonly (readonly SelectedAttribute[])[], instanceId: string) {
    this.#instanceId = instanceId;
    this.#selections = selections.map((one) => (one.length === 0 ? undefined : new AttributeSelection(one, false)));
    this.#numbers = new Int32Array(selections.length);
  }

  get count(): number {
    return this.#rows.count;
  }

  /** The number for the resource in a row of the batch, with the attributes of a selection. */
  numberOf(row: number, fields: MessageFields, selection: number): number {
    if (row !== this.#row) this.#numbers.fill(-1);
    this.#row = row;
    const known = this.#numbers[selection] ?? -1;
    if (known >= 0) return known;
    const number = this.#find(fields, this.#selections[selection]);
    this.#numbers[selection] = number;
    return number;
  }

  /** Begins a resource. */
  write(number: number, to: MetricBuilder): void {
    to.resource().encoded(this.#encoded.bytes, this.#encoded.start(number), this.#encoded.end(number));
  }

  clear(): void {
    this.#row = -1;
    this.#rows.clear();
    this.#encoded.clear();
  }

  #find(fields: MessageFields, selection: AttributeSelection | undefined): number {
    selection?.find(fields);
    const encoded = attributesFor('Resource', this.#attributes(fields, selection));
    this.#backing.bytes = encoded;
    this.#key.clear().attributes(this.#resource.move(this.#backing, 0, encoded.length));
    const known = this.#rows.find(this.#key);
    if (known >= 0) return known;
    this.#encoded.add(encoded, 0, encoded.length);
    checkMetricsSize(this.#encoded.size);
    return this.#rows.add(this.#key);
  }

  *#attributes(
    fields: MessageFields,
    selection: AttributeSelection | undefined,
  ): Generator<readonly [string, ValueView | string]> {
    if (selection) yield* selection;
    else {
      fields.list(fields.attributesField, this.#entry.fields);
      while (this.#entry.next()) {
        const { key, value } = this.#entry;
        const name = key.toString();
        if (name !== instanceKey) yield [name, value];
      }
    }
    yield [instanceKey, this.#instanceId];
  }
}
