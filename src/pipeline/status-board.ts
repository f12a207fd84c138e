import type { Clock } from '../component/clock.js';
import {
  stateAfter,
  type ComponentInstance,
  type ComponentState,
  type ComponentStatus,
  type InstanceEvent,
} from '../component/status.js';
import type { Logger } from '../component/telemetry.js';

/**
 * Status changes of one instance are logged this far apart at least, milliseconds: the first at once, then what it is
 * by then.
 */
const betweenLinesMs = 10_000;

/** The states of all components of a service. */
export class StatusBoard {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #fatal: (error: Error) => void;
  readonly #instances: InstanceStatus[] = [];
  readonly #logs: StatusLog[] = [];
  readonly #watchers: Set<() => void> = new Set();

  /** `fatal` runs with the error of each component that can't go on. */
  constructor(clock: Clock, logger: Logger, fatal: (error: Error) => void) {
    this.#clock = clock;
    this.#logger = logger;
    this.#fatal = fatal;
  }

  add(instance: ComponentInstance): InstanceStatus {
    const { kind, id, pipelines } = instance;
    const fields = { 'otelcol.component.id': id, 'otelcol.component.kind': kind };
    const log = new StatusLog(
      this.#clock,
      this.#logger.child(pipelines.length === 0 ? fields : { ...fields, pipelines }).withoutCaller(),
    );
    this.#logs.push(log);
    // Nothing else of a node: the states of a worker are sent to the primary.
    const status = new InstanceStatus({ kind, id, pipelines }, this.#clock, (state, event, own) => {
      if (event.status === 'fatal_error') this.#fatal(event.error);
      else if (own) log.changed(state);
      for (const changed of this.#watchers) changed();
    });
    this.#instances.push(status);
    return status;
  }

  all(): readonly ComponentStatus[] {
    return this.#instances.map(({ instance, state }) => ({ ...instance, state }));
  }

  /** Nothing is logged from now on. */
  close(): void {
    for (const log of this.#logs) log.close();
  }

  /** Runs `changed` after each change of a state; the returned function ends that. */
  watch(changed: () => void): () => void {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }
}

type Changed = (state: ComponentState, event: InstanceEvent, own: boolean) => void;

/** The state of one component. Events that may not come now are ignored (docs/spec/core.md#component-status). */
export class InstanceStatus {
  readonly instance: ComponentInstance;
  readonly #clock: Clock;
  readonly #changed: Changed;
  #state: ComponentState = { status: 'none' };

  constructor(instance: ComponentInstance, clock: Clock, changed: Changed) {
    this.instance = instance;
    this.#clock = clock;
    this.#changed = changed;
  }

  get state(): ComponentState {
    return this.#state;
  }

  /** An event of the component itself. */
  report(event: InstanceEvent): void {
    this.#apply(event, true);
  }

  /** An event that the service caused, and logs in its own words. */
  set(event: InstanceEvent): void {
    this.#apply(event, false);
  }

  #apply(event: InstanceEvent, own: boolean): void {
    const next = stateAfter(this.#state, event, this.#clock.unixMs());
    if (!next) return;
    this.#state = next;
    this.#changed(next, event, own);
  }
}

/** Logs the changes of one instance, however fast they come. */
class StatusLog {
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** The last line's state, in words; as long as all was well there is no line. */
  #logged = 'ok';
  #state: ComponentState = { status: 'none' };
  #waiting: (() => void) | undefined;
  #closed = false;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  changed(state: ComponentState): void {
    this.#state = state;
    if (this.#closed || this.#waiting || !this.#log()) return;
    this.#waiting = this.#clock.after(betweenLinesMs, () => {
      this.#waiting = undefined;
      this.changed(this.#state);
    });
  }

  close(): void {
    this.#closed = true;
    this.#waiting?.();
  }

  /** False when the last line still shows the state. */
  #log(): boolean {
    const state = this.#state;
    const words = 'error' in state ? `${state.status} ${state.error}` : state.status;
    if (words === this.#logged) return false;
    this.#logged = words;
    if (!('error' in state)) this.#logger.info('Component works again', { status: state.status });
    else if (state.status === 'recoverable_error')
      this.#logger.warn('Component has an error that may pass', { status: state.status, error: state.error });
    else this.#logger.error('Component has an error that stays', { status: state.status, error: state.error });
    return true;
  }
}
