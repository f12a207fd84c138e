import type { Clock } from '../component/clock.js';

/**
 * How long the first requests wait for a connection when there never was one, milliseconds: a server that starts
 * together with this program, or is a receiver of it, may not listen yet, and the back-off of an export is seconds.
 */
const patienceMs = 1000;

type State =
  | { readonly kind: 'untried' }
  | { readonly kind: 'awaited'; readonly until: number }
  /** A server has answered: from then on a dial that fails is a failure. */
  | { readonly kind: 'over' };

/** The patience of one client with a server that it has never reached. */
export class FirstConnection {
  readonly #clock: Clock;
  #state: State = { kind: 'untried' };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A request needs a connection: the first one starts the wait. */
  begin(): void {
    if (this.#state.kind === 'untried') this.#state = { kind: 'awaited', until: this.#clock.now() + patienceMs };
  }

  /** A connection stood. */
  made(): void {
    this.#state = { kind: 'over' };
  }

  /** For how long a dial that fails is tried again at once, milliseconds; 0 or less: no longer. */
  get leftMs(): number {
    return this.#state.kind === 'awaited' ? this.#state.until - this.#clock.now() : 0;
  }
}
