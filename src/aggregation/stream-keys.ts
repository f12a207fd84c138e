import { mapHash } from '../otlp/keys/map-hash.js';
import { seededKey } from '../otlp/keys/seeded-key.js';
import type { AttributedView } from '../otlp/view/attributes.js';
import type { MetricType, MetricView } from '../otlp/view/metric.js';
import type { Range } from '../otlp/view/range.js';
import { key, type Key } from '../otlp/view/key.js';
import type { ResourceView, ScopeView } from '../otlp/view/resource.js';
import { byteAt } from '../otlp/wire/at.js';
import { RecentResources } from './recent-resources.js';

/** Bytes of the key of a stream: of its metric, and of its attributes. */
export const streamKeyBytes = 32;
export const metricKeyBytes = 16;

const types: Readonly<Record<MetricType, number>> = {
  ...{ empty: 0, gauge: 1, sum: 2, histogram: 3, exponentialHistogram: 4, summary: 5 },
};
/** Before the texts: hashes of the attributes of resource and scope, type, monotonicity and temporality. */
const textsAt = 35;
const serviceName = [key('service.name')];

/**
 * The keys of metric streams (docs/spec/agent.md#metrics-model): what identifies the resource, scope and metric, and
 * the attributes of the point, whatever their order. Entered from outside to inside; makes no object for a point.
 * ```
 * for (metrics.open(batch); metrics.nextResource();) {
 *   keys.enterResource(metrics.resource);   // then `enterScope`, `enterMetric`, `enterPoint`
 * ```
 */
export class StreamKeys {
  /** The key of the point, the first half of which is that of the metric. */
  readonly key: Buffer = Buffer.alloc(streamKeyBytes);
  /** The key of the metric, the first half of `key`. */
  readonly metricKey: Buffer = this.key.subarray(0, metricKeyBytes);
  /** The key of the service that the resource names. */
  readonly serviceKey: Buffer = Buffer.alloc(metricKeyBytes);
  readonly #attributes: Buffer = this.key.subarray(metricKeyBytes);
  readonly #around: Buffer = Buffer.alloc(metricKeyBytes);
  /** The key of the resource, and that of its service. */
  readonly #resource: Uint8Array = new Uint8Array(2 * metricKeyBytes);
  readonly #resourceKey: Uint8Array = this.#resource.subarray(0, metricKeyBytes);
  readonly #service: Uint8Array = this.#resource.subarray(metricKeyBytes);
  readonly #recent: RecentResources = new RecentResources(2 * metricKeyBytes);
  #only: readonly Key[] | undefined;
  #source: Uint8Array = new Uint8Array(512);
  #length = 0;

  /** @param only - the attributes that identify the resource; undefined: all */
  enterResource(resource: ResourceView, only?: readonly Key[]): void {
    if (only !== this.#only) this.#recent.forget();
    this.#only = only;
    const { bytes, pieceCount } = resource.fields;
    const isWhole = pieceCount === 1;
    const found = this.#resource;
    if (!isWhole || !this.#recent.find(bytes, resource.start, resource.end, found)) {
      mapHash(resource, this.#resourceKey, only);
      mapHash(resource, this.#service, serviceName);
      if (isWhole) this.#recent.remember(found);
    }
    this.#source.set(this.#resourceKey);
    this.serviceKey.set(this.#service);
  }

  enterScope(scope: ScopeView): void {
    mapHash(scope, this.#source.subarray(16, 32));
    this.#length = textsAt;
    this.#addText(scope.name);
    this.#addText(scope.version);
  }

  /** Enters a metric of the scope that was entered last. */
  enterMetric(metric: MetricView): void {
    const afterScope = this.#length;
    const source = this.#source;
    source[32] = types[metric.type];
    source[33] = metric.isMonotonic ? 1 : 0;
    source[34] = metric.aggregationTemporality;
    this.#addText(metric.name);
    this.#addText(metric.unit);
    seededKey(this.#source, 0, this.#length, this.metricKey);
    this.#length = afterScope;
  }

  enterPoint(point: AttributedView): void {
    mapHash(point, this.#attributes);
  }

  /** The key of the resource that was entered; until the next call of this or of `scopeKey`. */
  resourceKey(): Buffer {
    this.#around.set(this.#source.subarray(0, metricKeyBytes));
    return this.#around;
  }

  /** The key of the scope that was entered, and of its resource. */
  scopeKey(): Buffer {
    this.#source.fill(0, textsAt - 3, textsAt);
    seededKey(this.#source, 0, this.#length, this.#around);
    return this.#around;
  }

  #addText(text: Range): void {
    const { bytes, start, end } = text;
    const length = end - start;
    this.#reserve(length + 4);
    const source = this.#source;
    for (let shift = 0; shift < 32; shift += 8) source[this.#length++] = length >>> shift;
    // Texts are short: an object for the part of the bytes would cost more than the copy.
    for (let at = start; at < end; at++) source[this.#length++] = byteAt(bytes, at);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#source.length) return;
    const next = new Uint8Array(Math.max(this.#length + more, this.#source.length * 2));
    next.set(this.#source);
    this.#source = next;
  }
}
