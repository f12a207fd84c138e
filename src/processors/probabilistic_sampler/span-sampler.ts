import { fieldOf } from '../../otlp/fields.js';
import { ItemSearch } from '../../otlp/view/item-search.js';
import { key } from '../../otlp/view/key.js';
import { randomnessOfTraceId } from '../../sampling/hex.js';
import { keepAll } from '../../sampling/threshold.js';
import { TraceState } from '../../sampling/trace-state.js';
import { hashedRandomness } from './hashed-randomness.js';
import { isTraceId, ItemSampler, type Priority } from './item-sampler.js';
import type { Mode } from './mode.js';
import { spanPriority } from './span-priority.js';

const traceState = fieldOf('Span', 'trace_state');
const priorityKey = key('sampling.priority');

/** Judges spans by their trace ID and their tracestate. */
export class SpanSampler extends ItemSampler {
  protected readonly state: TraceState = new TraceState();

  constructor(mode: Mode) {
    super(mode, new ItemSearch('Span', traceState, [priorityKey]));
  }

  protected readState(bytes: Uint8Array): boolean {
    const { isThere, from, to } = this.search.field;
    return this.state.read(bytes, from, isThere ? to : from);
  }

  protected findRandomness(bytes: Uint8Array, traceId: number): boolean {
    if (!isTraceId(bytes, traceId)) return false;
    if (this.mode.kind === 'hash_seed') {
      hashedRandomness(this.mode.seed, bytes, traceId, traceId + 16, this.randomness);
      this.policy = 'trace_id_hash';
    } else {
      randomnessOfTraceId(bytes, traceId, this.randomness);
      this.policy = 'trace_id_w3c';
    }
    return true;
  }

  protected findPriority(): Priority {
    if (!this.search.attribute(0).isThere) return 'none';
    const priority = spanPriority(this.search.value(0));
    if (priority !== 'keep') return priority;
    keepAll(this.threshold);
    return 'threshold';
  }

  protected writeState(row: number): void {
    if (!this.state.isChanged) return;
    const length = this.state.write();
    this.patcher.setText(row, this.search.field, traceState, this.state.text, length);
  }
}
