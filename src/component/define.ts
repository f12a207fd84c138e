import type { Signal } from '../otlp/signal.js';
import type { ByteBudget } from './budget.js';
import type { Capability, Offers } from './capability.js';
import type { Clock, Random } from './clock.js';
import type { Consumer } from './consumer.js';
import type { Ledger } from './ledger.js';
import type { Lifecycle } from './lifecycle.js';
import type { Schema } from './schema/schema.js';
import type { Share } from './shared.js';
import type { Logger, Meter, MetricSpec } from './telemetry.js';
import type { Succession } from './succession.js';
import type { Tracer } from './tracer.js';

export type ComponentKind = 'receiver' | 'processor' | 'exporter' | 'connector' | 'extension';

export type Stability = 'Development' | 'Alpha' | 'Beta' | 'Stable' | 'Deprecated';

export interface BuildInfo {
  /** Program name, `kanmon`. */
  readonly command: string;
  readonly description: string;
  readonly version: string;
}

/** The things that every component is created with. */
export interface ComponentContext {
  readonly kind: ComponentKind;
  /** The ID as the user wrote it: `otlp/2`. */
  readonly id: string;
  readonly logger: Logger;
  readonly meter: Meter;
  /** Undefined while tracing of this program's own work is off. */
  readonly tracer?: Tracer | undefined;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly random: Random;
  readonly budget: ByteBudget;
  /** Hands state on when a reload replaces this component. */
  readonly succession: Succession;
  readonly buildInfo: BuildInfo;
  /** Feature gates that are on; `src/config/gates.ts` lists those that there are. */
  readonly gates: ReadonlySet<string>;
  /** Objects that the signals of this component share, and those it shares with others. */
  readonly shared: Share;
}

export interface SignalContext extends ComponentContext {
  readonly signal: Signal;
}

export interface PipelineContext extends SignalContext {
  /** `traces/2`; set for processors. */
  readonly pipeline: string;
}

export interface ConnectorContext extends ComponentContext {
  readonly from: Signal;
  readonly to: Signal;
  readonly router: ConnectorRouter;
}

/**
 * Lets a connector choose among the pipelines of its output signal that name it as a receiver; `next` of its `create`
 * stands for all of them. A configuration names them by values of the schema `pipelineId`, which is checked before
 * anything is created.
 */
export interface ConnectorRouter {
  /** In the order of `service::pipelines`; at least one. */
  readonly pipelineIds: readonly string[];
  /**
   * One of the pipelines, or several of them in fan-out, in the order given and each once: all of them have reserved
   * room for a batch, or none is handed it. Throws for no ID, and for one that is not among `pipelineIds`.
   */
  consumer(ids: readonly string[]): Consumer;
}

/** Every metric and every reason for dropping or refusing that a component has, as data. */
export interface TelemetrySpec {
  readonly metrics: readonly MetricSpec[];
  /** Reason to one sentence of explanation. */
  readonly reasons: Readonly<Record<string, string>>;
}

interface DefinitionBase<C> {
  /** The YAML type, equal to the folder's name. */
  readonly type: string;
  /** Older spellings that still load, with a warning. */
  readonly aliases?: readonly string[];
  readonly config: Schema<C>;
  readonly telemetry: TelemetrySpec;
  /**
   * With several workers it runs in one process only: an extension in the one that leads the workers, where it sees
   * them as one service, any other component in worker 1, which receives the items that all workers have for it. For
   * what owns something of the host: a file that is written, a port that is scraped, metrics that must be read once. At
   * a reload such a component, unless it is an extension, starts when that of the configuration before has stopped, and
   * its batches wait. Default false.
   */
  readonly once?: boolean;
  /** Whether it runs `once` with one configuration; not for extensions. Default: what `once` says. */
  onceWith?(config: C): boolean;
  /**
   * The client metadata that it reads of requests, by the names in its configuration: a warning says when a processor
   * before it does not hand them on. Default none.
   */
  readsMetadata?(config: C): readonly string[];
  /** The client metadata that requests still have behind it, when these are not all. */
  passesMetadata?(config: C): readonly string[];
}

/** Whether a component with this configuration runs `once`. A definition reads its own configuration. */
export function runsOnce(definition: Pick<DefinitionBase<unknown>, 'once' | 'onceWith'>, config: unknown): boolean {
  return definition.onceWith?.(config) ?? definition.once === true;
}

/** A component that batches are handed to. */
interface ConsumerDefinition<C> extends DefinitionBase<C> {
  /**
   * With several workers, what must be together: the items of one trace, service, resource or metric stream all reach
   * the same worker. Not for profiles, and for metrics not by trace; by stream only for metrics. Without meaning for a
   * component that runs `once`.
   */
  readonly partitionBy?: PartitionKey;
}

/** `service` is the attribute `service.name` of the resource; a log record without a trace ID belongs to no trace. */
export type PartitionKey = 'trace' | 'service' | 'resource' | 'stream';

type MaybePromise<T> = T | Promise<T>;

export type Receiver = Lifecycle;
export type Processor = Consumer & Lifecycle;
export type Exporter = Consumer & Lifecycle;
export type Connector = Consumer & Lifecycle;
export interface Extension extends Lifecycle {
  /** The services that other components can use, by capability; its definition lists the names under `provides`. */
  readonly offers?: Partial<Offers<Capability>>;
  /** Every pipeline runs. */
  ready?(): void;
}

/** An extension that offers all of `P`. */
export type Providing<P extends Capability> = Extension & { readonly offers: Offers<P> };

export interface ReceiverDefinition<C = unknown> extends DefinitionBase<C> {
  readonly kind: 'receiver';
  readonly stability: Readonly<Partial<Record<Signal, Stability>>>;
  /** Called once per signal; a receiver that serves several signals on one port uses `context.shared`. */
  create(config: C, context: SignalContext, next: Consumer): MaybePromise<Receiver>;
}

export interface ProcessorDefinition<C = unknown> extends ConsumerDefinition<C> {
  readonly kind: 'processor';
  /**
   * False when it keeps its own count of items in place of `otelcol_processor_incoming_items` and `_outgoing_items`.
   */
  readonly countsItems?: boolean;
  /** Whether it reads which receiver or connector of its pipeline a request came through. Default: it does not. */
  readsReceiver?(config: C): boolean;
  /**
   * Whether it answers for items that it still holds in memory, where an exporter's queue could hold them: a warning
   * says so before an exporter with a storage. Default false.
   */
  answersEarly?(config: C): boolean;
  /** True when items may leave it with other bytes than they came with. Tests then know them by what is in them. */
  readonly changesItems?: boolean;
  readonly stability: Readonly<Partial<Record<Signal, Stability>>>;
  create(config: C, context: PipelineContext, next: Consumer): MaybePromise<Processor>;
}

export interface ExporterDefinition<C = unknown> extends ConsumerDefinition<C> {
  readonly kind: 'exporter';
  readonly stability: Readonly<Partial<Record<Signal, Stability>>>;
  create(config: C, context: SignalContext): MaybePromise<Exporter>;
}

export interface ConnectorDefinition<C = unknown> extends ConsumerDefinition<C> {
  readonly kind: 'connector';
  /** From signal, to signal, stability. */
  readonly stability: readonly (readonly [from: Signal, to: Signal, stability: Stability])[];
  create(config: C, context: ConnectorContext, next: Consumer): MaybePromise<Connector>;
}

export interface ExtensionDefinition<C = unknown> extends DefinitionBase<C> {
  readonly kind: 'extension';
  readonly stability: Stability;
  /** Every capability that it can have. The configuration is checked by it, before anything is created. */
  readonly provides?: readonly Capability[];
  /** Its credentials must not be sent without TLS: a gRPC client that has none is a fault. */
  readonly requiresTls?: true;
  /** Which of these it has with one configuration; all when it is not set. */
  providesWith?(config: C): readonly Capability[];
  create(config: C, context: ComponentContext): MaybePromise<Extension>;
}

export type Definition<C = unknown> =
  | ReceiverDefinition<C>
  | ProcessorDefinition<C>
  | ExporterDefinition<C>
  | ConnectorDefinition<C>
  | ExtensionDefinition<C>;

export function defineReceiver<C>(definition: Omit<ReceiverDefinition<C>, 'kind'>): ReceiverDefinition<C> {
  return { kind: 'receiver', ...definition };
}

export function defineProcessor<C>(definition: Omit<ProcessorDefinition<C>, 'kind'>): ProcessorDefinition<C> {
  return { kind: 'processor', ...definition };
}

export function defineExporter<C>(definition: Omit<ExporterDefinition<C>, 'kind'>): ExporterDefinition<C> {
  return { kind: 'exporter', ...definition };
}

export function defineConnector<C>(definition: Omit<ConnectorDefinition<C>, 'kind'>): ConnectorDefinition<C> {
  return { kind: 'connector', ...definition };
}

type WithoutCapabilities<C> = Omit<ExtensionDefinition<C>, 'kind' | 'provides' | 'providesWith' | 'create'>;

/** An extension without capabilities. */
interface BareExtension<C> extends WithoutCapabilities<C> {
  readonly provides?: never;
  create(config: C, context: ComponentContext): MaybePromise<Extension>;
}

/** An extension that offers everything it lists. */
interface ProvidingExtension<C, P extends Capability> extends WithoutCapabilities<C> {
  readonly provides: readonly P[];
  readonly providesWith?: never;
  create(config: C, context: ComponentContext): MaybePromise<Providing<P>>;
}

/** An extension whose configuration decides what it offers of what it lists. */
interface VariableExtension<C, P extends Capability> extends WithoutCapabilities<C> {
  readonly provides: readonly P[];
  providesWith(config: C): readonly NoInfer<P>[];
  create(config: C, context: ComponentContext): MaybePromise<Extension & { readonly offers: Partial<Offers<P>> }>;
}

/** The compiler holds what `create` makes to the capabilities that `provides` lists. */
export function defineExtension<C, const P extends Capability = never>(
  definition: BareExtension<C> | ProvidingExtension<C, P> | VariableExtension<C, P>,
): ExtensionDefinition<C> {
  return { kind: 'extension', ...definition };
}
