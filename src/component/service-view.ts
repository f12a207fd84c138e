import type { BuildInfo } from './define.js';
import type { LedgerRow } from './ledger.js';
import type { Page } from './page.js';
import type { SpansOfName } from './recent-spans.js';
import type { ComponentStatus } from './status.js';

export interface PipelineView {
  /** `traces/2`. */
  readonly id: string;
  readonly signal: string;
  readonly receivers: readonly string[];
  readonly processors: readonly string[];
  /** Exporters, and connectors as such. */
  readonly exporters: readonly string[];
  /** Receivers and exporters that are connectors. */
  readonly connectors: readonly string[];
}

/** The running service, as data for components that show it. */
export interface ServiceView {
  readonly buildInfo: BuildInfo;
  /** Wall clock at start, milliseconds since the epoch. */
  readonly startedMs: number;
  readonly pipelines: readonly PipelineView[];
  readonly extensions: readonly string[];
  readonly gates: readonly {
    readonly id: string;
    readonly enabled: boolean;
    readonly stage: string;
    readonly description: string;
    readonly from: string;
    readonly to?: string;
  }[];
  /** The pages that components contribute, with several workers those of all of them. */
  pages(): readonly Page[];
  /** The state of every component at this moment, with several workers that of all of them. */
  status(): readonly ComponentStatus[];
  /** The books at this moment. */
  ledger(): readonly LedgerRow[];
  /** The latest own spans by name; undefined while tracing is off. */
  readonly spans: ReadonlyMap<string, SpansOfName> | undefined;
}
