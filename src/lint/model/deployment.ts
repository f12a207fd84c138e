import type { Section } from '../../config/components.js';
import type { Fault } from '../../config/fault.js';
import type { Source } from '../../config/place.js';
import type { Signal } from '../../otlp/signal.js';
import type { Workload } from '../kubernetes/workload.js';
import type { Setting, Spot } from '../setting.js';
import type { Traits } from '../traits.js';
import type { Replicas } from './replicas.js';

/** All tiers that are looked at together, and how data goes from one to the other. */
export interface DeploymentModel {
  /** In the order in which they were given. */
  readonly tiers: readonly Tier[];
  readonly edges: readonly Edge[];
  /** The ways by which data comes into a pipeline from others. */
  readonly feeds: ReadonlyMap<Pipeline, readonly Feed[]>;
}

/** Instances that run one configuration. */
export interface Tier {
  readonly name: string;
  /** In the order of the tiers. */
  readonly index: number;
  readonly replicas: Replicas;
  readonly components: readonly Component[];
  readonly pipelines: readonly Pipeline[];
  readonly service: Setting;
  /** The extensions that the service lists. */
  readonly extensions: readonly Component[];
  /** Forms of older versions, which have been taken over. */
  readonly older: readonly Fault[];
  /** The workload in which Kubernetes runs it. */
  readonly workload: Workload | undefined;
  /** The texts that the configuration came from. */
  readonly sources: readonly Source[];
}

/** A component that a configuration has, used or not. */
export interface Component extends Spot {
  readonly tier: Tier;
  readonly section: Section;
  readonly id: string;
  /** The current spelling. */
  readonly type: string;
  /** As it stands there. */
  readonly spelling: string;
  readonly traits: Traits;
  readonly config: Setting;
}

export interface ListedName extends Spot {
  readonly id: string;
  /** Undefined when there is none, which `validate` says. */
  readonly component: Component | undefined;
}

export interface Pipeline extends Spot {
  readonly tier: Tier;
  readonly id: string;
  readonly signal: Signal;
  /** Receivers, and connectors that lead here. */
  readonly receivers: readonly ListedName[];
  readonly processors: readonly ListedName[];
  /** Exporters, and connectors that lead on. */
  readonly exporters: readonly ListedName[];
}

/** An exporter that sends to a receiver of a tier. */
export interface Edge {
  readonly from: Component;
  readonly to: Component;
  /** The setting that says so. */
  readonly at: Setting;
  /** The exporter chooses an instance of the tier for each item, by a key. */
  readonly isRouted: boolean;
}

/** A way into a pipeline: a connector of its tier, or an edge from a pipeline of another. */
export interface Feed {
  readonly from: Pipeline;
  readonly by:
    | { readonly kind: 'connector'; readonly connector: Component }
    | { readonly kind: 'edge'; readonly edge: Edge };
}
