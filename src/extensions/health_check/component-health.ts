import type { ServiceView } from '../../component/service-view.js';
import type { ComponentStatus, StatusName } from '../../component/status.js';
import { aggregateOf, httpStatus, isHealthy, type Aggregate } from './aggregate.js';
import type { ComponentHealthConfig } from './config.js';
import { levelOf, type StatusBody } from './status-body.js';

/** Where the service is in its life: single components are ok before all are, and still ok when a shutdown begins. */
export type ServicePhase = 'starting' | 'running' | 'stopping';

/** The query of a probe: the whole service, all extensions, or one pipeline; with or without the components. */
export interface StatusQuery {
  readonly pipeline: string;
  readonly verbose: boolean;
}

interface Scope {
  readonly components: readonly ComponentStatus[];
  /** Statuses that count besides those of the components. */
  readonly further: readonly StatusName[];
}

/** The status of all components at one moment, as the response to a probe (docs/spec/core.md#healthcheckv2). */
export class ComponentHealth {
  readonly #config: ComponentHealthConfig | undefined;
  readonly #startedMs: number;
  readonly #nowMs: number;
  /** `extensions`, and `pipeline:` with the ID of each pipeline. */
  readonly #scopes: Map<string, Scope> = new Map();

  constructor(service: ServiceView, phase: ServicePhase, config: ComponentHealthConfig | undefined, nowMs: number) {
    this.#config = config;
    this.#startedMs = service.startedMs;
    this.#nowMs = nowMs;
    const inPhase: readonly StatusName[] = phase === 'running' ? [] : [phase];
    const all = service.status();
    const extensions = all.filter(({ kind }) => kind === 'extension');
    if (extensions.length > 0) this.#scopes.set('extensions', { components: extensions, further: inPhase });
    for (const { id, receivers, processors, exporters } of service.pipelines) {
      const components = all.filter(({ pipelines }) => pipelines.includes(id));
      const known = new Set(components.map((component) => component.id));
      // No process runs a component while the worker that ran it has died and is being started again.
      const isWhole = [...receivers, ...processors, ...exporters].every((component) => known.has(component));
      this.#scopes.set(`pipeline:${id}`, { components, further: isWhole ? inPhase : [...inPhase, 'none'] });
    }
  }

  /** Undefined when there is no such pipeline. */
  responseTo({ pipeline, verbose }: StatusQuery): { readonly http: number; readonly body: StatusBody } | undefined {
    const scopes = [...this.#scopes].sort(([a], [b]) => (a < b ? -1 : 1));
    const one = this.#scopes.get(pipeline === 'extensions' ? pipeline : `pipeline:${pipeline}`);
    if (pipeline !== '' && !one) return undefined;
    const parts = one ? [one] : scopes.map(([, scope]) => scope);
    const aggregate = this.#aggregate({
      components: parts.flatMap((part) => part.components),
      further: parts.flatMap((part) => part.further),
    });
    const level = this.#level(aggregate);
    const components = (): Record<string, StatusBody> =>
      one ? this.#members(one) : Object.fromEntries(scopes.map(([name, scope]) => [name, this.#groupOf(scope)]));
    return {
      http: httpStatus(aggregate.status, level.healthy),
      body: {
        start_time: new Date(this.#startedMs).toISOString(),
        ...level,
        ...(verbose ? { components: components() } : {}),
      },
    };
  }

  #aggregate({ components, further }: Scope): Aggregate {
    return aggregateOf(components, further, this.#config);
  }

  #groupOf(scope: Scope): StatusBody {
    return { ...this.#level(this.#aggregate(scope)), components: this.#members(scope) };
  }

  #level(aggregate: Aggregate): StatusBody {
    return levelOf(aggregate, isHealthy(aggregate, this.#config, this.#nowMs), this.#startedMs);
  }

  /** The components by kind and ID: the instances of a connector in one pipeline are one. */
  #members({ components }: Scope): Record<string, StatusBody> {
    const members = new Map<string, ComponentStatus[]>();
    for (const component of components) {
      const name = `${component.kind}:${component.id}`;
      members.set(name, [...(members.get(name) ?? []), component]);
    }
    return Object.fromEntries(
      [...members]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, each]) => [name, this.#level(this.#aggregate({ components: each, further: [] }))]),
    );
  }
}
