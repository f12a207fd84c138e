import type { Emitter } from './emitter.js';
import type { InPieces } from '../../otlp/work.js';
import type { Plan } from './plan.js';
import type { SeriesSink } from './series-sink.js';

/** Bytes that are written in one piece. */
const piece = 128 * 1024;

/** One request: the series of the slots `[from, to)` of its plan. */
export interface WriteRequest {
  readonly body: Buffer;
  readonly from: number;
  readonly to: number;
  /** It has samples of a series that an earlier request may have older ones of. */
  readonly goesOn: boolean;
}

/** Makes the requests of a plan one after the other, each of at most about `most` bytes, or of a single point. */
export class Requests {
  readonly #plan: Plan;
  readonly #emitter: Emitter;
  readonly #sink: SeriesSink;
  readonly #most: number;
  #slot = 0;
  #targets = 0;

  constructor(plan: Plan, emitter: Emitter, sink: SeriesSink, most: number) {
    this.#plan = plan;
    this.#emitter = emitter;
    this.#sink = sink;
    this.#most = most;
  }

  /** Whether there is another one. */
  get more(): boolean {
    return this.#slot < this.#plan.slots.length;
  }

  /** The next request, in pieces. The first ones describe the resources. */
  *next(): InPieces<WriteRequest> {
    const plan = this.#plan;
    const sink = this.#sink;
    const from = this.#slot;
    let paused = 0;
    let goesOn = false;
    for (let target = plan.targets[this.#targets]; target; target = plan.targets[++this.#targets]) {
      if (sink.size >= this.#most / 2) break;
      this.#emitter.target(target, sink);
    }
    while (this.#slot < plan.slots.length && (this.#slot === from || this.#fits(sink))) {
      goesOn ||= plan.goesOn[this.#slot] ?? false;
      this.#emitter.slot(plan, this.#slot++, sink);
      if (sink.size - paused < piece) continue;
      paused = sink.size;
      yield;
    }
    return { body: sink.finish(), from, to: this.#slot, goesOn };
  }

  #fits({ size }: SeriesSink): boolean {
    return size + (this.#plan.bytes[this.#slot] ?? 0) <= this.#most;
  }
}
