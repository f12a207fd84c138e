import { ItemSearch } from '../../otlp/view/item-search.js';
import { key } from '../../otlp/view/key.js';
import { randomnessOfTraceId } from '../../sampling/hex.js';
import { thresholdOf } from '../../sampling/threshold.js';
import type { Config } from './config.js';
import { hashedRandomness } from './hashed-randomness.js';
import { isTraceId, ItemSampler, type Priority } from './item-sampler.js';
import type { Mode } from './mode.js';
import { RecordState, stateKeys } from './record-state.js';
import { ValueBytes } from './value-bytes.js';

/** Judges log records by their trace ID or an attribute. */
export class RecordSampler extends ItemSampler {
  protected readonly state: RecordState = new RecordState();
  readonly #usesTraceId: boolean;
  /** Places among the keys that are searched; -1: there is none. */
  readonly #source: number;
  readonly #priority: number;
  readonly #bytes: ValueBytes = new ValueBytes();

  constructor(mode: Mode, { attribute_source, from_attribute, sampling_priority }: Config) {
    const keys = [...stateKeys];
    const place = (name: string): number => (name === '' ? -1 : keys.push(key(name)) - 1);
    const source = place(from_attribute);
    const priority = place(sampling_priority);
    super(mode, new ItemSearch('LogRecord', undefined, keys));
    this.#source = source;
    this.#priority = priority;
    this.#usesTraceId = attribute_source === 'traceID' || (source < 0 && mode.kind !== 'hash_seed');
  }

  protected readState(): boolean {
    return this.state.read(this.search);
  }

  protected findRandomness(bytes: Uint8Array, traceId: number): boolean {
    const { mode, randomness } = this;
    if (this.#usesTraceId && isTraceId(bytes, traceId)) {
      if (mode.kind === 'hash_seed') {
        hashedRandomness(mode.seed, bytes, traceId, traceId + 16, randomness);
        this.policy = 'trace_id_hash';
      } else {
        randomnessOfTraceId(bytes, traceId, randomness);
        this.policy = 'trace_id_w3c';
      }
      return true;
    }
    if (this.#source < 0) return false;
    const source = this.#bytes;
    source.read(this.search.value(this.#source));
    if (source.from === source.to) return false;
    hashedRandomness(mode.seed, source.bytes, source.from, source.to, randomness);
    this.policy = 'attribute';
    return true;
  }

  protected findPriority(): Priority {
    if (this.#priority < 0) return 'none';
    const value = this.search.value(this.#priority);
    const { type } = value;
    if (type !== 'int' && type !== 'double') return 'none';
    const percentage = type === 'int' ? value.int.toSigned() : value.double;
    if (percentage === 0) return 'drop';
    return thresholdOf(percentage / 100, this.mode.precision, this.threshold) ? 'threshold' : 'none';
  }

  protected writeState(row: number): void {
    this.state.write(row, this.search, this.patcher);
  }
}
