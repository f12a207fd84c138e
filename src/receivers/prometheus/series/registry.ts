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
  /** The numbers of its metrics by form, type and name. */
  readonly numbers: Map<string, number>;
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
  /** By what they are; the receiver's own is ''. */
  readonly scopes: Map<string, Scope>;
  seen: number;
  /** The labels of its `target_info`, as last seen. */
  info: LabelMap;
  infoSeen: number;
}

/** Half the bytes of the objects of a resource, scope or metric, about. */
const objects = 150;

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
  readonly metrics: Metric[] = [];
  readonly #resources: Map<string, Resource> = new Map();
  #size = 0;

  get resources(): Iterable<Resource> {
    return this.#resources.values();
  }

  /** Bytes of memory, about. */
  get memory(): number {
    return this.#size * 2;
  }

  resource(job: string, instance: string): Resource {
    const key = `${job}\0${instance}`;
    let resource = this.#resources.get(key);
    if (resource === undefined) {
      resource = { job, instance, scopes: new Map(), seen: 0, info: new Map(), infoSeen: 0 };
      this.#resources.set(key, resource);
      this.#size += key.length + objects;
    }
    return resource;
  }

  scope(resource: Resource, identity: ScopeIdentity | undefined): Scope {
    const key = identity ? JSON.stringify(identity) : '';
    let scope = resource.scopes.get(key);
    if (scope === undefined) {
      scope = { identity, resource, metrics: [], numbers: new Map(), seen: 0 };
      resource.scopes.set(key, scope);
      this.#size += key.length + objects;
    }
    return scope;
  }

  /** The number of a metric. Another description of the same name is another metric only when its type differs. */
  metric(scope: Scope, name: string, form: MetricForm, metadata: Metadata): number {
    const key = `${form} ${metadata.type} ${name}`;
    let number = scope.numbers.get(key);
    if (number === undefined) {
      const metric: Metric = { name, form, metadata, scope, seen: 0, first: -1, last: -1 };
      scope.metrics.push(metric);
      number = this.metrics.push(metric) - 1;
      scope.numbers.set(key, number);
      this.#size += key.length + objects;
    }
    return number;
  }
}
