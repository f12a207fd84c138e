import type { StatusName } from '../../component/status.js';
import type { Aggregate } from './aggregate.js';

/** One level of the body: the service, a pipeline, a component. */
export interface StatusBody {
  readonly start_time?: string;
  readonly healthy: boolean;
  readonly status: string;
  readonly error?: string;
  readonly status_time: string;
  /** Always empty: components report no attributes. */
  readonly attributes: Readonly<Record<string, never>>;
  readonly components?: Readonly<Record<string, StatusBody>>;
}

/** The words of the Collector. */
const words: Readonly<Record<StatusName, string>> = {
  none: 'StatusNone',
  starting: 'StatusStarting',
  ok: 'StatusOK',
  recoverable_error: 'StatusRecoverableError',
  permanent_error: 'StatusPermanentError',
  fatal_error: 'StatusFatalError',
  stopping: 'StatusStopping',
  stopped: 'StatusStopped',
};

/** A level without its components. */
export function levelOf({ status, error, sinceMs }: Aggregate, healthy: boolean, startedMs: number): StatusBody {
  return {
    healthy,
    status: words[status],
    ...(error === undefined ? {} : { error }),
    status_time: new Date(sinceMs ?? startedMs).toISOString(),
    attributes: {},
  };
}
