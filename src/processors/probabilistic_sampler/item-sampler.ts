import type { Batch } from '../../otlp/batch.js';
import { ItemPatcher } from '../../otlp/edit/item-patcher.js';
import type { ItemSearch } from '../../otlp/view/item-search.js';
import type { InPieces } from '../../otlp/work.js';
import type { SamplingState } from '../../sampling/sampling-state.js';
import { keepAll, keepNone } from '../../sampling/threshold.js';
import { halfRange, Word56 } from '../../sampling/word56.js';
import type { Mode } from './mode.js';
import { Tally } from './tally.js';
import type { Policy, Reason } from './telemetry.js';

/** Items that are judged in one piece of work: some milliseconds. */
const itemsAtOnce = 1 << 14;

export interface Sampled {
  /** The batch itself when nothing was dropped or written; undefined when nothing was kept. */
  readonly batch: Batch | undefined;
  readonly tally: Tally;
}

/**
 * The effect of an item's priority: none, drop the item, or set its threshold in place of the one of the mode.
 */
export type Priority = 'none' | 'drop' | 'threshold';

/**
 * Judges items one by one and writes to those that it keeps by which threshold they were kept. A batch at a time: all
 * that is needed for an item is made once.
 */
export abstract class ItemSampler {
  protected readonly mode: Mode;
  protected readonly patcher: ItemPatcher = new ItemPatcher();
  protected readonly randomness: Word56 = new Word56();
  protected readonly threshold: Word56 = new Word56();
  /** Finds what is needed of an item. */
  protected readonly search: ItemSearch;
  /** The item's state of earlier sampling. */
  protected abstract readonly state: SamplingState;
  /** The source of the item's randomness. */
  protected policy: Policy = 'missing_randomness';
  #reason: Reason = 'not_sampled';
  #writes = false;

  constructor(mode: Mode, search: ItemSearch) {
    this.mode = mode;
    this.search = search;
  }

  /** Judges the items of a batch, in pieces of work. */
  *sampling(batch: Batch): InPieces<Sampled> {
    const { bytes, index } = batch;
    const { search } = this;
    const tally = new Tally();
    this.patcher.open(batch);
    search.open(batch);
    for (let row = 0; row < index.itemCount; row++) {
      if ((row + 1) % itemsAtOnce === 0) yield;
      search.move(row);
      if (this.#keeps(bytes, index.traceIdAt(row))) {
        tally.keep(this.policy);
        if (this.#writes) this.writeState(row);
      } else {
        tally.drop(this.policy, this.#reason);
        this.patcher.removeItem(row);
      }
    }
    search.close();
    if (tally.kept === 0) {
      this.patcher.close();
      return { batch: undefined, tally };
    }
    return { batch: yield* this.patcher.finishing(), tally };
  }

  /** Reads `state`; false when it is malformed. */
  protected abstract readState(bytes: Uint8Array): boolean;

  /**
   * Finds the randomness of the item where its state has none, and sets `policy`. `traceId`: where the ID lies in
   * `bytes`; -1: there is none. False when there is nothing to make it of.
   */
  protected abstract findRandomness(bytes: Uint8Array, traceId: number): boolean;

  /** Finds the priority of the item, and sets `threshold` where it says so. */
  protected abstract findPriority(): Priority;

  /** Writes `state` to the item in a row. */
  protected abstract writeState(row: number): void;

  /** The reason against a judgement by probability; undefined when there is none. */
  #faultOf(bytes: Uint8Array, traceId: number): Reason | undefined {
    const { state, randomness, mode } = this;
    const isReadable = this.readState(bytes);
    const isHashed = mode.kind === 'hash_seed';
    this.#writes = isReadable;
    let isFound = true;
    // The most there is, which passes every threshold but that of nothing.
    randomness.set(halfRange - 1, halfRange - 1);
    if (mode.kind === 'none') this.policy = 'sampling_priority';
    else if (isReadable && state.hasRandomness && !isHashed) {
      randomness.copy(state.randomness);
      this.policy = 'sampling_randomness';
    } else {
      isFound = (isReadable || isHashed) && this.findRandomness(bytes, traceId);
      if (!isFound) this.policy = 'missing_randomness';
    }
    if (!isReadable) return 'malformed_sampling_state';
    if (isHashed && (state.hasRandomness || state.hasThreshold)) {
      // The state that the other modes have written stays as it is.
      this.#writes = false;
      return 'sampling_state_in_use';
    }
    if (!isFound) return 'missing_randomness';
    // Only that of a trace ID as the standard has it is known without being written.
    if (this.policy === 'trace_id_hash' || this.policy === 'attribute') state.setRandomness(randomness);
    if (!state.hasThreshold || state.threshold.compare(randomness) <= 0) return undefined;
    state.clearThreshold();
    return 'inconsistent_threshold';
  }

  #keeps(bytes: Uint8Array, traceId: number): boolean {
    const { mode, state, threshold } = this;
    const fault = this.#faultOf(bytes, traceId);
    if (fault === undefined) mode.thresholdFor(state, threshold);
    else if (mode.failClosed) keepNone(threshold);
    else keepAll(threshold);
    this.#reason = fault ?? 'not_sampled';
    const priority = this.findPriority();
    if (priority !== 'none') {
      this.policy = 'sampling_priority';
      this.#reason = priority === 'drop' ? 'sampling_priority' : 'not_sampled';
      if (priority === 'drop') return false;
    }
    if (threshold.compare(this.randomness) > 0) return false;
    if (this.#writes) state.raiseThreshold(threshold);
    return true;
  }
}

/** Whether there is a trace ID at `at`: one of zeros is none. */
export function isTraceId(bytes: Uint8Array, at: number): boolean {
  if (at < 0) return false;
  for (let i = at; i < at + 16; i++) if (bytes[i] !== 0) return true;
  return false;
}
