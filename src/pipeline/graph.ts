import type { Consumer } from '../component/consumer.js';
import {
  runsOnce,
  type ComponentContext,
  type ComponentKind,
  type ConnectorDefinition,
  type ExporterDefinition,
  type Extension,
  type ProcessorDefinition,
} from '../component/define.js';
import type { Lifecycle } from '../component/lifecycle.js';
import type { ComponentInstance } from '../component/status.js';
import { ConfigValueError } from '../component/config-value-error.js';
import type { CheckedConfig, Configured, PipelineConfig } from '../config/checked.js';
import type { Signal } from '../otlp/signal.js';
import { Contexts, type Environment } from './context.js';
import { CreationFaults, type Creation } from './creation-faults.js';
import { fanOut } from './fan-out.js';
import { noting } from './noting.js';
import { ProcessorMetrics } from './observed-processor.js';
import { OnceGate } from './once-gate.js';
import { PipelineRouter } from './router.js';
import type { ExchangeEntry } from './worker-links.js';

export interface Node extends ComponentInstance {
  /** The same in all workers, and unlike any other of the graph: `receiver traces otlp/2`. */
  readonly name: string;
  readonly component: Lifecycle;
  /** It runs in one of several workers only. */
  readonly once: boolean;
  /** Hides what must not be shown of its configuration in a message. */
  readonly shown?: (text: string) => string;
}

export interface ExtensionNode extends Node {
  readonly component: Extension;
}

/** All components of a service. `nodes` stand in the order in which they start: downstream first, receivers last. */
export interface Graph {
  readonly extensions: readonly ExtensionNode[];
  readonly nodes: readonly Node[];
}

/**
 * Creates every component of a checked configuration, each after what it hands to. Nothing is started, and nothing is
 * left of it on failure. Rejects with a `ConfigError` that names each component which could not be created.
 */
export async function buildGraph(config: CheckedConfig, environment: Environment): Promise<Graph> {
  const builder = new GraphBuilder(config, new Contexts(environment, config.gates), environment);
  try {
    return await builder.build();
  } catch (error) {
    await builder.discard();
    throw error;
  }
}

type Component = Consumer & Lifecycle;

/** A component that batches are handed to, and where in the graph. */
interface Place extends Creation {
  readonly kind: ComponentKind;
  readonly id: string;
  /** The signal that it receives. */
  readonly signal: Signal;
  readonly pipelines: readonly string[];
  /** The same in all workers, and unlike any other of the graph. */
  readonly name: string;
  readonly configured: Configured<ProcessorDefinition | ExporterDefinition | ConnectorDefinition>;
}

class GraphBuilder {
  readonly #config: CheckedConfig;
  readonly #contexts: Contexts;
  readonly #environment: Environment;
  readonly #nodes: Node[] = [];
  readonly #extensions: ExtensionNode[] = [];
  /** Entries of pipelines and consumers of exporters and connectors, each created once. */
  readonly #made: Map<string, Promise<Consumer>> = new Map();
  readonly #faults: CreationFaults = new CreationFaults();

  constructor(config: CheckedConfig, contexts: Contexts, environment: Environment) {
    this.#config = config;
    this.#contexts = contexts;
    this.#environment = environment;
  }

  async build(): Promise<Graph> {
    const { pipelines, extensions: ids } = this.#config.service;
    const receivers = new Map<string, { id: string; signal: Signal; next: Consumer[] }>();
    for (const pipeline of pipelines) {
      const entry = await this.#pipeline(pipeline);
      for (const id of new Set(pipeline.receivers)) {
        if (!this.#config.receivers.has(id)) continue;
        const key = `${pipeline.signal} ${id}`;
        let receiver = receivers.get(key);
        if (!receiver) receivers.set(key, (receiver = { id, signal: pipeline.signal, next: [] }));
        receiver.next.push(this.#through(id, pipeline, entry));
      }
    }
    const { worker, tracer } = this.#environment;
    for (const { id, signal, next } of receivers.values()) {
      const entry = fanOut(next, this.#environment.clock);
      const name = `receiver ${signal} ${id}`;
      await this.#receiver(id, signal, worker?.offload({ name, signal, tracer, next: entry }) ?? entry);
    }
    for (const id of new Set(ids)) {
      const configured = this.#config.extensions.get(id);
      if (!configured || (this.#environment.worker && runsOnce(configured.definition, configured.config))) continue;
      const component = await this.#faults.created({ what: `failed to create extension "${id}"`, configured }, () =>
        configured.definition.create(configured.config, this.#contexts.make('extension', id, {})),
      );
      if (!component) continue;
      const name = `extension ${id}`;
      const more = { pipelines: [], component, once: false, shown: configured.shown };
      this.#extensions.push({ kind: 'extension', id, name, ...more });
    }
    this.#faults.throwAny();
    return { extensions: this.#extensions, nodes: this.#nodes };
  }

  /** Ends what has been created, none of which was started. */
  async discard(): Promise<void> {
    const now = AbortSignal.abort();
    for (const { component } of [...this.#extensions, ...this.#nodes].toReversed())
      await Promise.resolve(component.shutdown?.(now)).catch(() => {});
  }

  #once(key: string, make: () => Promise<Consumer>): Promise<Consumer> {
    let made = this.#made.get(key);
    if (!made) this.#made.set(key, (made = make()));
    return made;
  }

  #pipeline(pipeline: PipelineConfig): Promise<Consumer> {
    return this.#once(`pipeline ${pipeline.id}`, () => this.#from(pipeline, 0));
  }

  /** The entry of a pipeline for one of its receivers or connectors. */
  #through(id: string, { processors }: PipelineConfig, entry: Consumer): Consumer {
    const isRead = processors.some((processor) => {
      const configured = this.#config.processors.get(processor);
      return configured?.definition.readsReceiver?.(configured.config) === true;
    });
    return isRead ? noting(id, entry) : entry;
  }

  /** The rest of a pipeline from its processor number `first` on. */
  async #from(pipeline: PipelineConfig, first: number): Promise<Consumer> {
    const id = pipeline.processors[first];
    if (id !== undefined) return this.#processor(id, pipeline, first);
    const ends: Consumer[] = [];
    for (const end of new Set(pipeline.exporters)) {
      if (this.#config.connectors.has(end)) ends.push(...(await this.#connectors(end, pipeline.signal)));
      else ends.push(await this.#exporter(end, pipeline.signal));
    }
    return fanOut(ends, this.#environment.clock);
  }

  #exporter(id: string, signal: Signal): Promise<Consumer> {
    return this.#once(`exporter ${signal} ${id}`, async () => {
      const configured = known(this.#config.exporters.get(id), id);
      const { definition, config } = configured;
      const what = `failed to create "${id}" exporter for data type "${signal}"`;
      const context = { ...this.#contexts.make('exporter', id, { 'otelcol.signal': signal }), signal };
      const pipelines = this.#using('exporters', id, signal);
      const name = `exporter ${signal} ${id}`;
      const place: Place = { kind: 'exporter', id, signal, pipelines, name, what, configured };
      return this.#consumer(place, context, () => {
        supported(definition, signal);
        return definition.create(config, context);
      });
    });
  }

  async #connectors(id: string, from: Signal): Promise<Consumer[]> {
    const { definition } = known(this.#config.connectors.get(id), id);
    const ends: Consumer[] = [];
    for (const [source, to] of definition.stability) {
      if (source !== from) continue;
      const targets = this.#config.service.pipelines.filter(
        (pipeline) => pipeline.signal === to && pipeline.receivers.includes(id),
      );
      if (targets.length > 0) ends.push(await this.#connector(id, from, to, targets));
    }
    return ends;
  }

  #connector(id: string, from: Signal, to: Signal, targets: readonly PipelineConfig[]): Promise<Consumer> {
    return this.#once(`connector ${from} ${to} ${id}`, async () => {
      const configured = known(this.#config.connectors.get(id), id);
      const { definition, config } = configured;
      const context = this.#contexts.make('connector', id, { 'otelcol.signal': from, 'otelcol.signal.output': to });
      const what = `failed to create "${id}" connector for data type "${from}"`;
      const pipelines = [...this.#using('exporters', id, from), ...targets.map((target) => target.id)];
      const name = `connector ${from} ${to} ${id}`;
      const place: Place = { kind: 'connector', id, signal: from, pipelines, name, what, configured };
      return this.#consumer(place, context, async () => {
        const entries = new Map<string, Consumer>();
        for (const target of targets) entries.set(target.id, this.#through(id, target, await this.#pipeline(target)));
        const router = new PipelineRouter(entries, this.#environment.clock);
        const next = router.consumer(router.pipelineIds);
        return definition.create(config, { ...context, from, to, router }, next);
      });
    });
  }

  #processor(id: string, pipeline: PipelineConfig, position: number): Promise<Consumer> {
    const configured = known(this.#config.processors.get(id), id);
    const { definition, config } = configured;
    const { signal } = pipeline;
    const what = `failed to create "${id}" processor, in pipeline "${pipeline.id}"`;
    const fields = { 'otelcol.pipeline.id': pipeline.id, 'otelcol.signal': signal };
    const context = { ...this.#contexts.make('processor', id, fields), signal, pipeline: pipeline.id };
    const name = `processor ${pipeline.id} ${id}`;
    const place: Place = { kind: 'processor', id, signal, pipelines: [pipeline.id], name, what, configured };
    return this.#consumer(place, context, async () => {
      const next = await this.#from(pipeline, position + 1);
      supported(definition, signal);
      if (definition.countsItems === false) return definition.create(config, context, next);
      const { meter, clock } = this.#environment;
      const metrics = new ProcessorMetrics(meter, { processor: id, 'otel.signal': signal }, clock);
      return metrics.before(await definition.create(config, context, metrics.after(next)));
    });
  }

  async #receiver(id: string, signal: Signal, next: Consumer): Promise<void> {
    const configured = known(this.#config.receivers.get(id), id);
    const { definition, config } = configured;
    const what = `failed to create "${id}" receiver for data type "${signal}"`;
    const once = runsOnce(definition, config);
    if (once && this.#elsewhere) return;
    const context = { ...this.#contexts.make('receiver', id, { 'otelcol.signal': signal }), signal };
    const component = await this.#faults.created({ what, configured }, () => {
      supported(definition, signal);
      return definition.create(config, context, next);
    });
    if (!component) return;
    const pipelines = this.#using('receivers', id, signal);
    const name = `receiver ${signal} ${id}`;
    this.#add({ kind: 'receiver', id, name, pipelines, component, once, shown: configured.shown });
  }

  /**
   * Creates a component that batches are handed to. With several workers there is an exchange before one whose items
   * stay together, and one that runs `once` is not created, nor what only it hands to, in the workers where it does not
   * run.
   */
  async #consumer(
    place: Place,
    { logger }: ComponentContext,
    make: () => Component | Promise<Component>,
  ): Promise<Consumer> {
    const { kind, id, pipelines, signal, name, configured } = place;
    const { partitionBy } = configured.definition;
    const once = runsOnce(configured.definition, configured.config);
    const { worker, tracer, ledger, meter, clock, onceIsFree } = this.#environment;
    const together: ExchangeEntry['together'] | undefined = once ? 'once' : partitionBy;
    const here = !once || !this.#elsewhere;
    let component = here ? await this.#faults.created(place, make) : undefined;
    // Components before it are created all the same, so that their faults show too.
    if (here && !component) return notCreated;
    if (worker && together !== undefined) {
      const entry = { id, name, signal, together, component, tracer, ledger, logger, meter };
      component = await this.#faults.created(place, () => worker.exchange(entry));
      if (!component) return notCreated;
    } else if (once && component && onceIsFree) component = new OnceGate(component, clock);
    if (!component) throw new Error(`"${id}" runs in another process`);
    this.#add({ kind, id, name, pipelines, component, once, shown: configured.shown });
    return component;
  }

  #add(node: Node): void {
    this.#nodes.push({ ...node, pipelines: [...new Set(node.pipelines)].sort() });
  }

  /** The components that run `once` run in another process. */
  get #elsewhere(): boolean {
    const { worker } = this.#environment;
    return worker !== undefined && worker.number !== 1;
  }

  /** The pipelines of a signal that have a component at one of their ends. */
  #using(end: 'receivers' | 'exporters', id: string, signal: Signal): string[] {
    return this.#config.service.pipelines
      .filter((each) => each.signal === signal && each[end].includes(id))
      .map((each) => each.id);
  }
}

function known<T>(configured: T | undefined, id: string): T {
  if (configured === undefined) throw new Error(`"${id}" is referenced but not configured`);
  return configured;
}

function supported(
  { stability }: { readonly stability: Readonly<Partial<Record<Signal, unknown>>> },
  signal: Signal,
): void {
  if (stability[signal] === undefined)
    throw new ConfigValueError(
      'telemetry type is not supported',
      [],
      `Take it out of the pipelines of ${signal}: it has ${Object.keys(stability).join(', ')}.`,
    );
}

/** Stands for a component that could not be created: the graph is thrown away once it is whole. */
const notCreated: Consumer = {
  consume: () => Promise.reject(new Error('the component was not created')),
};
