import type {
  ConnectorDefinition,
  ExporterDefinition,
  ExtensionDefinition,
  ProcessorDefinition,
  ReceiverDefinition,
} from '../component/define.js';
import type { Hint, TextRange } from '../component/config-value-error.js';
import type { Fault } from './fault.js';
import type { Signal } from '../otlp/signal.js';
import type { TelemetryConfig } from '../telemetry/config.js';
import type { ConfigWarning } from './warning.js';

/** One configured component: which definition, and its decoded configuration. */
export interface Configured<D> {
  /** As the user wrote it, trimmed: `otlp/2`. */
  readonly id: string;
  readonly definition: D;
  readonly config: unknown;
  /**
   * A fault at the value under `path` in the component's section, or at its nearest written parent; `at` narrows it to
   * characters of the text.
   */
  fault(path: readonly (string | number)[], message: string, hint: Hint | undefined, at?: TextRange): Fault;
  /** Hides what must not be shown of the component's configuration in a message, such as why it did not start. */
  readonly shown: (text: string) => string;
}

export interface PipelineConfig {
  /** `traces/2`. */
  readonly id: string;
  readonly signal: Signal;
  readonly receivers: readonly string[];
  readonly processors: readonly string[];
  readonly exporters: readonly string[];
}

/** A configuration after decoding and validation: every reference resolves, every value has its default. */
export interface CheckedConfig {
  readonly receivers: ReadonlyMap<string, Configured<ReceiverDefinition>>;
  readonly processors: ReadonlyMap<string, Configured<ProcessorDefinition>>;
  readonly exporters: ReadonlyMap<string, Configured<ExporterDefinition>>;
  readonly connectors: ReadonlyMap<string, Configured<ConnectorDefinition>>;
  readonly extensions: ReadonlyMap<string, Configured<ExtensionDefinition>>;
  readonly service: {
    readonly extensions: readonly string[];
    readonly pipelines: readonly PipelineConfig[];
    readonly telemetry: TelemetryConfig;
    /** As `Configured.shown`, for the service section. */
    readonly shown: (text: string) => string;
  };
  /** Feature gates that are on. */
  readonly gates: ReadonlySet<string>;
  /**
   * Lines for the user at start, e.g. `"otlp" alias is deprecated; use "otlp_grpc" instead`.
   */
  readonly warnings: readonly ConfigWarning[];
}
