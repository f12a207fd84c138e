import type { ComponentKind } from './define.js';
import { cutText } from './peer-text.js';

/** A component's report of its own state, through `Host.report` (docs/spec/core.md#component-status). */
export type StatusEvent =
  /** It works, or works again. */
  | { readonly status: 'ok' }
  | {
      /**
       * `recoverable_error` may pass by itself; `permanent_error` will not, and the component stays as it is until it
       * is stopped; `fatal_error` ends the whole service in an orderly way.
       */
      readonly status: 'recoverable_error' | 'permanent_error' | 'fatal_error';
      readonly error: Error;
    };

/** An event of one instance: its own reports, and what the service does with it. */
export type InstanceEvent = StatusEvent | { readonly status: 'starting' | 'stopping' | 'stopped' };

/** The state of one instance. `sinceMs`: when it got this status, milliseconds since the epoch. */
export type ComponentState =
  | { readonly status: 'none' }
  | { readonly status: 'starting' | 'ok' | 'stopping' | 'stopped'; readonly sinceMs: number }
  | {
      readonly status: 'recoverable_error' | 'permanent_error' | 'fatal_error';
      readonly sinceMs: number;
      /** The message of the latest error, cut. */
      readonly error: string;
    };

export type StatusName = ComponentState['status'];

/**
 * A component as it runs: a receiver or an exporter once for each signal, a processor once for each pipeline, an
 * extension once.
 */
export interface ComponentInstance {
  readonly kind: ComponentKind;
  readonly id: string;
  /** Sorted; none for an extension. */
  readonly pipelines: readonly string[];
}

export interface ComponentStatus extends ComponentInstance {
  readonly state: ComponentState;
}

/** Which event may follow which state, as in the Collector. */
const allowed: Readonly<Record<StatusName, readonly InstanceEvent['status'][]>> = {
  none: ['starting'],
  starting: ['ok', 'recoverable_error', 'permanent_error', 'fatal_error', 'stopping'],
  ok: ['ok', 'recoverable_error', 'permanent_error', 'fatal_error', 'stopping'],
  recoverable_error: ['ok', 'recoverable_error', 'permanent_error', 'fatal_error', 'stopping'],
  permanent_error: ['stopping'],
  fatal_error: [],
  stopping: ['recoverable_error', 'permanent_error', 'fatal_error', 'stopped'],
  stopped: [],
};

/** The state after an event; undefined when the event may not come now, and is ignored. */
export function stateAfter(state: ComponentState, event: InstanceEvent, nowMs: number): ComponentState | undefined {
  if (!allowed[state.status].includes(event.status)) return undefined;
  const sinceMs = state.status === event.status ? state.sinceMs : nowMs;
  return 'error' in event
    ? { status: event.status, sinceMs, error: cutText(event.error.message) }
    : { status: event.status, sinceMs };
}

/** The worst first. An instance that starts or stops in one of several processes is not ok as a whole. */
const bySeverity: readonly StatusName[] = [
  'fatal_error',
  'permanent_error',
  'recoverable_error',
  'starting',
  'stopping',
  'stopped',
  'none',
  'ok',
];

/**
 * The statuses of several workers as those of one service: each instance once, in its worst state, with the worker
 * named in its error. Of equal states the first error counts: an error that lasts in one worker must not look new
 * because it came later in another.
 */
export function mergedStatus(
  own: readonly ComponentStatus[],
  workers: ReadonlyMap<number, readonly ComponentStatus[]>,
): ComponentStatus[] {
  const merged = new Map<string, ComponentStatus>();
  const add = (status: ComponentStatus): void => {
    const key = JSON.stringify([status.kind, status.id, status.pipelines]);
    const before = merged.get(key);
    if (!before || isWorse(status.state, before.state)) merged.set(key, status);
  };
  for (const status of own) add(status);
  for (const [number, statuses] of workers)
    for (const status of statuses) {
      const { state } = status;
      add('error' in state ? { ...status, state: { ...state, error: `worker ${number}: ${state.error}` } } : status);
    }
  return [...merged.values()];
}

function isWorse(state: ComponentState, before: ComponentState): boolean {
  if (state.status !== before.status) return bySeverity.indexOf(state.status) < bySeverity.indexOf(before.status);
  return 'error' in state && 'error' in before && state.sinceMs < before.sinceMs;
}
