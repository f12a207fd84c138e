import type { ComponentStatus, StatusName } from '../../component/status.js';
import type { ComponentHealthConfig } from './config.js';

/** The state of several components as one (docs/spec/core.md#healthcheckv2). */
export interface Aggregate {
  readonly status: StatusName;
  /** When it became so, milliseconds since the epoch; undefined when nothing has happened yet. */
  readonly sinceMs: number | undefined;
  /** The message of the error that decides. */
  readonly error: string | undefined;
}

/** `further`: statuses that count besides those of the components, such as one for a pipeline that nothing runs. */
export function aggregateOf(
  components: readonly ComponentStatus[],
  further: readonly StatusName[],
  config: ComponentHealthConfig | undefined,
): Aggregate {
  const status = statusOf(new Set([...components.map(({ state }) => state.status), ...further]), config);
  let sinceMs: number | undefined;
  let error: string | undefined;
  for (const { state } of components) {
    if (state.status === 'none') continue;
    if ('error' in state && state.status === status) {
      // The first of several errors is likely their cause, and the recovery of all is counted from it.
      if (error !== undefined && sinceMs !== undefined && sinceMs <= state.sinceMs) continue;
      ({ sinceMs, error } = state);
    } else if (error === undefined) sinceMs = Math.max(sinceMs ?? 0, state.sinceMs);
  }
  return { status, sinceMs, error };
}

function statusOf(seen: ReadonlySet<StatusName>, config: ComponentHealthConfig | undefined): StatusName {
  const [only = 'none'] = seen;
  if (seen.size <= 1) return only;
  if (seen.has('fatal_error')) return 'fatal_error';
  if (seen.has('starting') || seen.has('none')) return 'starting';
  if (seen.has('stopping') || seen.has('stopped')) return 'stopping';
  // An error that the configuration counts goes before one that it does not.
  const recoverableFirst = config?.include_recoverable_errors === true && !config.include_permanent_errors;
  const errors = ['permanent_error', 'recoverable_error'] as const;
  return (recoverableFirst ? errors.toReversed() : errors).find((each) => seen.has(each)) ?? 'ok';
}

/** Errors count only when the configuration includes them; without `component_health` every state is healthy. */
export function isHealthy(aggregate: Aggregate, config: ComponentHealthConfig | undefined, nowMs: number): boolean {
  const { status, sinceMs = 0 } = aggregate;
  if (!config) return true;
  if (status === 'fatal_error') return false;
  if (status === 'permanent_error') return !config.include_permanent_errors;
  const lasts = nowMs >= sinceMs + config.recovery_duration;
  return !(status === 'recoverable_error' && config.include_recoverable_errors && lasts);
}

/** The status of the HTTP response. */
export function httpStatus(status: StatusName, healthy: boolean): number {
  switch (status) {
    case 'none':
    case 'starting':
    case 'stopping':
    case 'stopped':
      return 503;
    case 'fatal_error':
      return 500;
    default:
      return healthy ? 200 : 500;
  }
}
