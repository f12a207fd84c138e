import { valueText } from '../../otlp/keys/value-text.js';
import { LogRecordView } from '../../otlp/view/log-record.js';
import { MetricView } from '../../otlp/view/metric.js';
import { SpanView } from '../../otlp/view/span.js';
import type { TextMatcher } from './text-matcher.js';

export type ItemView = SpanView | LogRecordView | MetricView;

/** By number; any other kind has no name. */
const kinds = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'].map(
  (kind) => `SPAN_KIND_${kind}`,
);

interface Parts {
  readonly spanNames: TextMatcher | undefined;
  readonly spanKinds: TextMatcher | undefined;
  readonly bodies: TextMatcher | undefined;
  readonly severityTexts: TextMatcher | undefined;
  readonly severity: { readonly min: number; readonly match_undefined: boolean } | undefined;
  readonly metricNames: TextMatcher | undefined;
}

/** Properties of an item beside its attributes, all of which must match; those of another signal are not set. */
export class ItemProperties {
  readonly #parts: Parts;
  /** By number of the kind, the last for all others. */
  readonly #isKind: readonly boolean[];
  readonly isNeeded: boolean;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.isNeeded = Object.values(parts).some((part) => part !== undefined);
    this.#isKind = [...kinds, ''].map((kind) => parts.spanKinds?.matchesText(kind) ?? true);
  }

  matches(item: ItemView): boolean {
    if (!this.isNeeded) return true;
    if (item instanceof SpanView) return this.#matchesSpan(item);
    return item instanceof LogRecordView ? this.#matchesRecord(item) : this.#matchesMetric(item);
  }

  #matchesSpan(span: SpanView): boolean {
    const { spanNames, spanKinds } = this.#parts;
    if (spanKinds && !(this.#isKind[span.kind] ?? this.#isKind[kinds.length])) return false;
    return spanNames?.matches(span.name) ?? true;
  }

  #matchesRecord(record: LogRecordView): boolean {
    const { severity, severityTexts, bodies } = this.#parts;
    if (severity) {
      const { severityNumber: number } = record;
      if (number === 0 ? !severity.match_undefined : number < severity.min) return false;
    }
    if (severityTexts && !severityTexts.matches(record.severityText)) return false;
    if (!bodies) return true;
    const { body } = record;
    // A body that is no text is matched as the Collector writes it: a map as JSON.
    return body.type === 'string' ? bodies.matches(body.string) : bodies.matchesText(valueText(body));
  }

  #matchesMetric(metric: MetricView): boolean {
    return this.#parts.metricNames?.matches(metric.name) ?? true;
  }
}
