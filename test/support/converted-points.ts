import type { Consumer } from '../../src/component/consumer.js';
import type { Batch } from '../../src/otlp/batch.js';
import { jsonText } from '../../src/otlp/json/encode.js';
import { validate } from '../../src/otlp/wire/validate.js';

/** A metric as OTLP/JSON has it, with whichever data it has. */
interface ReadMetric {
  readonly name: string;
  readonly [data: string]: unknown;
}

interface ReadRequest {
  readonly resourceMetrics?: readonly {
    readonly scopeMetrics?: readonly { readonly metrics?: readonly ReadMetric[] }[];
  }[];
}

interface ReadData {
  readonly aggregationTemporality?: number;
  readonly dataPoints?: readonly Readonly<Record<string, unknown>>[];
}

/** A point as OTLP/JSON has it, with the name of its metric and `delta` or `cumulative`. */
export interface ReadPoint {
  readonly metric: string;
  readonly temporality: string;
  readonly [field: string]: unknown;
}

const kinds = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'];

/** The points of a batch in their order. The bytes are checked, and what they say of their number. */
export function readPoints(batch: Batch): ReadPoint[] {
  const checked = validate('metrics', batch.bytes);
  if (checked.itemCount !== batch.itemCount) throw new Error(`${batch.itemCount} points, not ${checked.itemCount}`);
  const request = JSON.parse(jsonText('metrics', batch.bytes)) as ReadRequest;
  const metrics = (request.resourceMetrics ?? []).flatMap((resource) =>
    (resource.scopeMetrics ?? []).flatMap((scope) => scope.metrics ?? []),
  );
  return metrics.flatMap((metric) => {
    const data = kinds.map((kind) => metric[kind]).find((one) => one !== undefined) as ReadData | undefined;
    const temporality = ['unspecified', 'delta', 'cumulative'][data?.aggregationTemporality ?? 0] ?? '';
    return (data?.dataPoints ?? []).map((point) => ({ metric: metric.name, temporality, ...point }));
  });
}

/** Keeps what it is handed. */
export class PointSink implements Consumer {
  readonly batches: Batch[] = [];
  points: ReadPoint[] = [];

  consume(batch: Batch): Promise<void> {
    this.batches.push(batch);
    for (const point of readPoints(batch)) this.points.push(point);
    return Promise.resolve();
  }

  /** The points that came since the last call. */
  take(): ReadPoint[] {
    return this.points.splice(0);
  }
}
