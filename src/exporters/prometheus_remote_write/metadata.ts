import { MessageWriter } from '../../otlp/build/message-writer.js';
import type { MetricNames } from '../../prometheus/metric-names.js';
import { bytesTag, varintTag } from '../../prometheus/protobuf-fields.js';
import type { Plan } from './plan.js';

/** The numbers of the types in the metadata of both versions. */
export const metadataTypes: Readonly<Record<MetricNames['metadataType'], number>> = {
  unknown: 0,
  counter: 1,
  gauge: 2,
  histogram: 3,
  summary: 5,
  info: 6,
  stateset: 7,
};

/** A prometheus.WriteRequest with the type, help and unit of each metric of a plan; undefined when it has none. */
export function metadataRequest({ slots }: Plan): Buffer | undefined {
  const writer = new MessageWriter();
  const seen = new Set<string>();
  for (const { name, metric } of slots) {
    if (seen.has(name)) continue;
    seen.add(name);
    writer.tag(bytesTag(3));
    writer.open();
    writer.tag(varintTag(1));
    writer.varint(metadataTypes[metric.metadataType]);
    writer.text(bytesTag(2), name);
    if (metric.help !== '') writer.text(bytesTag(4), metric.help);
    if (metric.unit !== '') writer.text(bytesTag(5), metric.unit);
    writer.close();
  }
  return seen.size === 0 ? undefined : writer.finish((size) => Buffer.allocUnsafeSlow(size));
}
