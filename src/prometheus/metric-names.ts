import type { ByteEntry } from '../otlp/keys/byte-table.js';
import type { MetricType, MetricView } from '../otlp/view/metric.js';
import type { FamilyType } from './exposed.js';
import { prometheusName } from './prometheus-name.js';
import type { NameRules } from './strategy.js';
import { unitName } from './units.js';

/** Names and type of a metric, made once for metrics that are equal in all but their points. */
export interface MetricNames extends ByteEntry {
  readonly id: number;
  /** As it was sent, for log lines. */
  readonly sent: string;
  /** Undefined: Prometheus can't name it. */
  readonly name: string | undefined;
  readonly kind: MetricType;
  readonly type: FamilyType;
  /** The type that metadata names, which knows more of them. */
  readonly metadataType: FamilyType | 'info' | 'stateset';
  readonly help: string;
  readonly unit: string;
  readonly monotonic: boolean;
  /** 0 unspecified, 1 delta, 2 cumulative. */
  readonly temporality: number;
}

export function metricNames(view: MetricView, rules: NameRules): Omit<MetricNames, keyof ByteEntry | 'id'> {
  const kind = view.type;
  const monotonic = view.isMonotonic;
  const temporality = view.aggregationTemporality;
  const sent = view.name.toString();
  const unit = view.unit.toString();
  const type = typeOf(kind, monotonic);
  const named = type === 'counter' || type === 'gauge' ? type : 'other';
  return {
    sent,
    name: prometheusName(sent, unit, named, rules),
    kind,
    type,
    metadataType: metadataType(view, type),
    help: view.description.toString(),
    unit: unitName(unit, rules.utf8),
    monotonic,
    temporality,
  };
}

function typeOf(kind: MetricType, monotonic: boolean): FamilyType {
  switch (kind) {
    case 'gauge':
      return 'gauge';
    case 'sum':
      return monotonic ? 'counter' : 'gauge';
    case 'histogram':
    case 'exponentialHistogram':
      return 'histogram';
    case 'summary':
      return 'summary';
    default:
      return 'unknown';
  }
}

/** Metrics that were scraped carry the type that they had. */
function metadataType(view: MetricView, type: FamilyType): MetricNames['metadataType'] {
  if (type !== 'gauge') return type;
  for (const entry = view.metadata(); entry.next();) {
    if (entry.key.toString() !== 'prometheus.type') continue;
    const original = entry.value.string.toString();
    if (view.type === 'gauge') return original === 'unknown' ? 'unknown' : type;
    return original === 'info' || original === 'stateset' ? original : type;
  }
  return type;
}
