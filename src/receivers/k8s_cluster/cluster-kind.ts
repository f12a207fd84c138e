import type { MetricPage } from '../../intake/scrape/metric-page.js';
import {
  tableWriter,
  type MetricSwitches,
  type TableMetric,
  type TableMetricFacts,
} from '../../intake/scrape/metric-table.js';
import { apiText, type ApiJson } from '../../kubernetes/json.js';
import type { ApiResource } from '../../kubernetes/resource.js';
import type { ResourceAttribute } from './resource-attributes.js';

/** The attributes of a resource; those without text are left out. */
export type ResourceValues = readonly (readonly [name: ResourceAttribute, value: string | boolean | undefined])[];

/** The parts that writing needs. */
export interface WritingParts {
  readonly page: MetricPage;
  readonly switches: MetricSwitches;
  readonly conditions: readonly string[];
  readonly allocatable: readonly string[];
  /** Sets the resource that the next metric of the page opens. */
  resource(values: ResourceValues): void;
}

/** Writes the metrics of one object. */
type WriteReading<Reading> = (reading: Reading) => void;

/** One sort of resource that comes from an object: pods and containers both come from pods. */
export interface ClusterEntity<Reading> {
  readonly metrics: readonly TableMetricFacts[];
  open(parts: WritingParts): WriteReading<Reading>;
}

interface EntityFacts<Reading, Item> {
  readonly metrics: readonly TableMetric<Item>[];
  /** Metrics that options name. */
  more?(parts: WritingParts): readonly TableMetric<Item>[];
  items(reading: Reading): readonly Item[];
  attributes(item: Item): ResourceValues;
}

export function clusterEntity<Reading, Item>(facts: EntityFacts<Reading, Item>): ClusterEntity<Reading> {
  return {
    metrics: facts.metrics,
    open(parts) {
      const more = facts.more?.(parts) ?? [];
      const always = Object.fromEntries(more.map(({ name }) => [name, { enabled: true }]));
      const write = tableWriter([...facts.metrics, ...more], { ...parts.switches, ...always }, parts.page);
      return (reading) => {
        for (const item of facts.items(reading)) {
          parts.page.next();
          parts.resource(facts.attributes(item));
          write(item);
        }
      };
    },
  };
}

/** Takes what is known of the objects of a resource. */
export interface ObjectsOfKinds {
  upsert(uid: string, object: ApiJson): void;
  remove(uid: string): void;
}

/** The facts that are kept of the objects of a kind, and how they are written. */
export interface OpenKind extends ObjectsOfKinds {
  /** Objects that are read beside those of the kind, because its metrics are made of both. */
  readonly beside?: { readonly resource: ApiResource; readonly objects: ObjectsOfKinds } | undefined;
  /** Writes all objects, with a pause after each. */
  write(): Generator<void, void, undefined>;
}

/** Objects of one resource of the API. */
export interface ClusterKind {
  readonly resource: ApiResource;
  readonly isNamespaced: boolean;
  readonly metrics: readonly TableMetricFacts[];
  open(parts: WritingParts): OpenKind;
}

/** `read` keeps of an object what its metrics need; undefined: nothing is written for it. */
export function clusterKind<Reading>(
  resource: ApiResource,
  isNamespaced: boolean,
  read: (object: ApiJson, names: ObjectNames) => Reading | undefined,
  entities: readonly ClusterEntity<Reading>[],
): ClusterKind {
  return {
    resource,
    isNamespaced,
    metrics: entities.flatMap(({ metrics }) => metrics),
    open(parts) {
      const known = new Map<string, Reading>();
      const writers = entities.map((entity) => entity.open(parts));
      return {
        upsert(uid, object) {
          const name = apiText(object, 'metadata', 'name');
          const namespace = apiText(object, 'metadata', 'namespace') ?? '';
          const reading = name === undefined ? undefined : read(object, { uid, name, namespace });
          if (reading === undefined) known.delete(uid);
          else known.set(uid, reading);
        },
        remove: (uid) => void known.delete(uid),
        *write() {
          for (const reading of known.values()) {
            for (const write of writers) write(reading);
            yield;
          }
        },
      };
    },
  };
}

/** The names of an object; the namespace is '' where it is in none. */
export interface ObjectNames {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
}

/** A metric of a gauge of whole numbers without attributes, which most are. */
export function gauge<Item>(
  name: string,
  unit: string,
  description: string,
  value: (item: Item) => number | bigint | undefined,
): TableMetric<Item> {
  return {
    name,
    unit,
    description,
    kind: 'gauge',
    number: 'int',
    attributes: [],
    on: true,
    points(item, to) {
      const found = value(item);
      if (found !== undefined) to(found);
    },
  };
}
