import { map, text, type Docs, type Schema } from '../component/schema/schema.js';
import type { Counter, Logger, Meter } from '../component/telemetry.js';
import type { EntryValue } from '../entries/entry-value.js';
import type { LogEntry } from '../entries/entry.js';
import { EntryFailure } from '../entries/operator.js';
import { operatorMetrics } from '../entries/operator-telemetry.js';
import { compileTemplate, templateFault, type TextTemplate } from '../entries/text-template.js';

/** The options `attributes` and `resource` of a receiver. */
export function labelsOption(docs: Docs): Schema<Readonly<Record<string, string>>> {
  return map(text('', undefined, templateFault), docs);
}

type Label = readonly [key: string, value: TextTemplate];

/** Adds the attributes of the configuration to every record. */
export class RecordLabels {
  readonly #attributes: readonly Label[];
  readonly #resource: readonly Label[];
  /** The resource of all records, where it is the same; undefined: none, or it has expressions. */
  readonly #fixed: ReadonlyMap<string, EntryValue> | undefined;
  readonly #logger: Logger;
  readonly #dropped: Counter;

  constructor(
    attributes: Readonly<Record<string, string>>,
    resource: Readonly<Record<string, string>>,
    { logger, meter }: { readonly logger: Logger; readonly meter: Meter },
  ) {
    this.#attributes = labelsOf(attributes);
    const given = Object.entries(resource);
    const isFixed = given.every(([, value]) => isPlain(value));
    this.#fixed = isFixed && given.length > 0 ? new Map(given) : undefined;
    this.#resource = isFixed ? [] : labelsOf(resource);
    this.#logger = logger;
    this.#dropped = meter.counter(operatorMetrics.dropped, { operator: 'attributes' });
  }

  /** False when an expression gives no text: the record is lost, as in the Collector. */
  add(entry: LogEntry): boolean {
    for (const [key, template] of this.#attributes) {
      const value = template.text(entry);
      if (value instanceof EntryFailure) return this.#lose(value);
      entry.attributes.set(key, value);
    }
    if (this.#fixed) entry.resource = this.#fixed;
    if (this.#resource.length === 0) return true;
    const resource = entry.ownResource();
    for (const [key, template] of this.#resource) {
      const value = template.text(entry);
      if (value instanceof EntryFailure) return this.#lose(value);
      resource.set(key, value);
    }
    return true;
  }

  #lose({ message }: EntryFailure): false {
    this.#dropped.add(1);
    this.#logger.error('Failed to create entry', { error: message });
    return false;
  }
}

function isPlain(value: string): boolean {
  return !value.includes('EXPR(');
}

function labelsOf(given: Readonly<Record<string, string>>): readonly Label[] {
  return Object.entries(given).map(([key, value]) => [key, compileTemplate(value)]);
}
