import type { LabelMap } from '../parse/metric.js';
import type { Metadata } from './families.js';

/** The forms in which OTLP holds a metric of Prometheus. */
export type MetricForm = 'gauge' | 'counter' | 'state' | 'histogram' | 'exponential' | 'summary';

/** A metric of a scope, and its points in the present scrape as a list of numbers of `Groups`. */
export interface Metric {
  readonly name: string;
  readonly form: MetricForm;
  readonly metadata: Metadata;
  readonly scope: Scope;
  /** The scrape in which it last had a point. */
  seen: number;
  first: number;
  last: number;
}

export interface Scope {
  /** Undefined: the receiver itself. */
  readonly identity: ScopeIdentity | undefined;
  readonly resource: Resource;
  readonly metrics: Metric[];
  seen: number;
}

export interface ScopeIdentity {
  readonly name: string;
  readonly version: string;
  readonly schemaUrl: string;
  readonly attributes: readonly (readonly [string, string])[];
}

/** A job and instance: mostly the target itself, another one where the target federates. */
export interface Resource {
  readonly job: string;
  readonly instance: string;
  readonly scopes: Scope[];
  seen: number;
  /** The labels of its `target_info`, as last seen. */
  info: LabelMap;
  infoSeen: number;
}

const prefix = 'otel_scope_';

/** The scope that labels name; undefined without such labels. Only a scope attribute makes a scope as well. */
export function scopeOf(labels: LabelMap): ScopeIdentity | undefined {
  let found = false;
  const attributes: [string, string][] = [];
  for (const [name, value] of labels) {
    if (!name.startsWith(prefix) || value === '') continue;
    found = true;
    if (!scopeLabels.has(name)) attributes.push([name.slice(prefix.length), value]);
  }
  if (!found) return undefined;
  attributes.sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    name: labels.get(`${prefix}name`) ?? '',
    version: labels.get(`${prefix}version`) ?? '',
    schemaUrl: labels.get(`${prefix}schema_url`) ?? '',
    attributes,
  };
}

const scopeLabels: ReadonlySet<string> = new Set(['name', 'version', 'schema_url'].map((end) => prefix + end));

/** Whether a label belongs to the scope and not to the point. */
export function isScopeLabel(name: string): boolean {
  return name.startsWith(prefix);
}

/** The resources, scopes and metrics of a target, each metric known by a number. */
export class SeriesRegistry {
  readonly resources: Resource[] = [];
  readonly metrics: Metric[] = [];
  readonly #known: Map<string, Resource | Scope | number> = new Map();
  #size = 0;

  /** Bytes of memory, about. */
  get memory(): number {
    return this.#size * 2 + this.#known.size * 300;
  }

  resource(job: string, instance: string): Resource {
    return this.#intern<Resource>(JSON.stringify([job, instance]), () => {
      const resource = { job, instance, scopes: [], seen: 0, info: new Map<string, string>(), infoSeen: 0 };
      this.resources.push(resource);
      return resource;
    });
  }

  scope(resource: Resource, identity: ScopeIdentity | undefined): Scope {
    const key = JSON.stringify([resource.job, resource.instance, identity ?? null]);
    return this.#intern<Scope>(key, () => {
      const scope = { identity, resource, metrics: [], seen: 0 };
      resource.scopes.push(scope);
      return scope;
    });
  }

  /** The number of a metric. Another description of the same name is another metric only when its type differs. */
  metric(scope: Scope, name: string, form: MetricForm, metadata: Metadata): number {
    const { resource, identity } = scope;
    const key = JSON.stringify([resource.job, resource.instance, identity ?? null, name, form, metadata.type]);
    return this.#intern<number>(key, () => {
      const metric: Metric = { name, form, metadata, scope, seen: 0, first: -1, last: -1 };
      scope.metrics.push(metric);
      return this.metrics.push(metric) - 1;
    });
  }

  #intern<T extends Resource | Scope | number>(key: string, make: () => T): T {
    let found = this.#known.get(key);
    if (found === undefined) {
      found = make();
      this.#known.set(key, found);
      this.#size += key.length;
    }
    // Keys of the three kinds have different lengths as lists.
    return found as T;
  }
}
