import type { Clock } from '../../component/clock.js';
import type { DeliveryError } from '../../component/delivery-error.js';

/** Payloads of the current level that may be given up by their senders in a row before the level counts as hanging. */
const mostGivenUp = 5;

/** The next try of the levels above: not yet, with the next payload, or with one that is on its way. */
type Probe = 'waiting' | 'due' | 'under way';

/** Levels are counted from 0, the best. */
export type LevelState =
  | { readonly kind: 'first' }
  /** The levels above `level` have failed. */
  | { readonly kind: 'lower'; readonly level: number; readonly probe: Probe }
  | { readonly kind: 'down'; readonly probe: Probe };

/** The way of one payload down the levels. */
export interface Way {
  /** The level that is tried first; as many as there are levels: none. */
  readonly from: number;
  /** It tries levels above the current one. */
  readonly probes: boolean;
}

export interface LevelsParts {
  readonly count: number;
  readonly clock: Clock;
  /** Milliseconds between tries of the levels above the current one. */
  readonly retryMs: number;
  /** The same while all levels are down. */
  readonly downRetryMs: number;
  /** The current level has changed; `why` is set when it failed. */
  changed(from: LevelState, to: LevelState, why: DeliveryError | undefined): void;
}

/**
 * Which level takes the data (docs/spec/gateway.md#failover). A level that fails hands over to the next one. From then
 * on a payload is tried on the levels above every `retryMs`, and the first that takes it is current.
 */
export class Levels {
  readonly #parts: LevelsParts;
  #state: LevelState = { kind: 'first' };
  #stopTimer: (() => void) | undefined;
  #probeAt = 0;
  /** Payloads in a row that were given up at the current level. */
  #givenUp = 0;

  constructor(parts: LevelsParts) {
    this.#parts = parts;
  }

  get state(): LevelState {
    return this.#state;
  }

  /** The current level; -1 while all are down. */
  get active(): number {
    const position = this.#position;
    return position < this.#parts.count ? position : -1;
  }

  /** Milliseconds until the next payload is tried on other levels than the current one; 0 when it is to be now. */
  get untilProbe(): number {
    const state = this.#state;
    if (state.kind === 'first' || state.probe !== 'waiting') return 0;
    return Math.max(0, this.#probeAt - this.#parts.clock.now());
  }

  /** The way of a payload that would begin now. */
  peek(): Way {
    const state = this.#state;
    const probes = state.kind !== 'first' && state.probe === 'due';
    return { from: probes ? 0 : this.#position, probes };
  }

  /** A payload begins: when a probe is due, it is the probe. */
  begin(): Way {
    const way = this.peek();
    if (way.probes) this.#probe('under way');
    return way;
  }

  /** The level that follows when `level` did not take a payload. */
  after(level: number, { probes }: Way): number {
    // Levels that have failed since it began are passed over.
    return probes ? level + 1 : Math.max(level + 1, this.#position);
  }

  accepted(level: number, { probes }: Way): void {
    if (level === this.#position) this.#givenUp = 0;
    if (!probes || level >= this.#position) return;
    this.#move(level === 0 ? { kind: 'first' } : { kind: 'lower', level, probe: 'waiting' }, undefined);
  }

  /** A level does not work. */
  failed(level: number, why: DeliveryError): void {
    const state = this.#state;
    if (level !== this.#position || state.kind === 'down') return;
    const probe = state.kind === 'first' ? 'waiting' : state.probe;
    const next = level + 1;
    this.#move(next < this.#parts.count ? { kind: 'lower', level: next, probe } : { kind: 'down', probe }, why);
  }

  /** A payload was given up by its sender while a level had it: several in a row mean that the level hangs. */
  givenUp(level: number, why: DeliveryError): void {
    if (level === this.#position && ++this.#givenUp >= mostGivenUp) this.failed(level, why);
  }

  /** A payload has its outcome. */
  end({ probes }: Way): void {
    if (probes) this.#probe('waiting');
  }

  stop(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  /** The current level; the number of levels while all are down. */
  get #position(): number {
    const state = this.#state;
    if (state.kind === 'first') return 0;
    return state.kind === 'lower' ? state.level : this.#parts.count;
  }

  #probe(probe: Probe): void {
    if (this.#state.kind !== 'first') this.#state = { ...this.#state, probe };
  }

  #move(to: LevelState, why: DeliveryError | undefined): void {
    const from = this.#state;
    this.#state = to;
    this.#givenUp = 0;
    if (to.kind === 'first') this.stop();
    // Further down the levels above are still tried in the same rhythm.
    else if (to.kind !== from.kind) this.#arm();
    this.#parts.changed(from, to, why);
  }

  #arm(): void {
    this.stop();
    const { clock, retryMs, downRetryMs } = this.#parts;
    const ms = this.#state.kind === 'down' ? Math.min(retryMs, downRetryMs) : retryMs;
    this.#probeAt = clock.now() + ms;
    this.#stopTimer = clock.after(ms, () => {
      if (this.#state.kind !== 'first' && this.#state.probe === 'waiting') this.#probe('due');
      this.#arm();
    });
  }
}
