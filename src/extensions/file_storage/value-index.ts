import type { FoundOperation } from './frame.js';
import type { Segment } from './segment.js';

/** Where the value of a key lies. */
export interface ValuePlace {
  readonly segment: Segment;
  readonly at: number;
  readonly length: number;
  readonly crc: number;
  readonly flagAt: number;
}

/** A flag that is to say that its record is no longer needed. */
export type Mark = Pick<ValuePlace, 'segment' | 'flagAt'>;

/** The keys of a store and where their values lie; segments know how much of them is needed. */
export class ValueIndex {
  readonly #places: Map<string, ValuePlace> = new Map();
  /** Bytes of all values. */
  bytes = 0;

  get count(): number {
    return this.#places.size;
  }

  get(key: string): ValuePlace | undefined {
    return this.#places.get(key);
  }

  keys(): string[] {
    return [...this.#places.keys()];
  }

  /** Does what an operation in a segment says. Returns the place that this makes superfluous. */
  apply(segment: Segment, operation: FoundOperation): ValuePlace | undefined {
    const before = this.remove(operation.key);
    if (operation.kind === 'set' && !operation.dead) {
      const { key, at, length, crc, flagAt } = operation;
      this.put(key, { segment, at, length, crc, flagAt });
    }
    return before;
  }

  put(key: string, place: ValuePlace): void {
    this.#places.set(key, place);
    place.segment.live++;
    place.segment.liveBytes += place.length;
    this.bytes += place.length;
  }

  remove(key: string): ValuePlace | undefined {
    const place = this.#places.get(key);
    if (!place) return undefined;
    this.#places.delete(key);
    place.segment.live--;
    place.segment.liveBytes -= place.length;
    this.bytes -= place.length;
    return place;
  }

  /** The keys whose values lie in a segment, in the order in which they lie there. */
  in(segment: Segment): readonly (readonly [key: string, place: ValuePlace])[] {
    const found = [...this.#places].filter(([, place]) => place.segment === segment);
    return found.sort(([, a], [, b]) => a.at - b.at);
  }
}
