import type { Backing } from '../../otlp/view/backing.js';
import { ExemplarView } from '../../otlp/view/exemplar.js';
import { bucketOf } from '../../prometheus/exemplars.js';
import type { SeriesSink } from './series-sink.js';

const none = -1;

/** The exemplars of a histogram, by the bucket that each fell into. One is filled again and again. */
export class BucketExemplars {
  readonly #view: ExemplarView = new ExemplarView();
  #backing: Backing | undefined;
  /** By exemplar: its bytes, its bucket, and the next one of the same bucket. */
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  readonly #bucket: number[] = [];
  readonly #next: number[] = [];
  /** By bucket: its first exemplar. Empty when there is none at all. */
  readonly #first: number[] = [];

  /** Notes exemplars. Those above all `bounds`, of which there are `buckets`, belong to the bucket of infinity. */
  place(exemplars: ExemplarView, bounds: readonly number[], buckets: number): this {
    this.#from.length = this.#to.length = this.#bucket.length = this.#next.length = this.#first.length = 0;
    while (exemplars.next()) {
      const value = exemplars.type === 'int' ? exemplars.asInt.toSigned() : exemplars.asDouble;
      this.#backing = exemplars.backing;
      this.#from.push(exemplars.start);
      this.#to.push(exemplars.end);
      this.#next.push(none);
      this.#bucket.push(Math.min(bucketOf(bounds, value), buckets));
    }
    if (this.#bucket.length === 0) return this;
    for (let i = 0; i <= buckets; i++) this.#first.push(none);
    // From behind, so that each bucket has its own in the order in which they were sent.
    for (let i = this.#bucket.length - 1; i >= 0; i--) {
      const bucket = this.#bucket[i] ?? 0;
      this.#next[i] = this.#first[bucket] ?? none;
      this.#first[bucket] = i;
    }
    return this;
  }

  /** Writes those of a bucket. */
  write(bucket: number, sink: SeriesSink): void {
    const backing = this.#backing;
    if (!backing) return;
    for (let i = this.#first[bucket] ?? none; i >= 0; i = this.#next[i] ?? none)
      sink.exemplar(this.#view.move(backing, this.#from[i] ?? 0, this.#to[i] ?? 0));
  }
}
