import { metricKeyBytes } from '../../aggregation/stream-keys.js';
import type { PointScan } from '../../otlp/keys/point-scan.js';
import type { SeededHash } from '../../otlp/keys/seeded-hash.js';
import { at32 } from '../../otlp/wire/at.js';
import { keyWords } from './stream-row.js';

/**
 * The key of a stream: that of its metric, with the hash of the attributes of its points over it. Each caller that
 * looks streams up keeps one.
 */
export class StreamKey {
  readonly words: Int32Array = new Int32Array(keyWords);
  hash = 0;
  readonly #metric: Int32Array = new Int32Array(keyWords);
  #metricHash = 0;

  /** @param key - of `StreamKeys` */
  enterMetric(key: Buffer, hash: SeededHash): void {
    for (let i = 0; i < keyWords; i++) this.#metric[i] = key.readInt32LE(i * 4);
    this.#metricHash = hash.of(key, 0, metricKeyBytes);
    this.words.set(this.#metric);
  }

  enterPoint({ attributesLow, attributesHigh }: PointScan): void {
    this.words[0] = at32(this.#metric, 0) ^ attributesLow;
    this.words[1] = at32(this.#metric, 1) ^ attributesHigh;
    this.hash = this.#metricHash ^ attributesLow;
  }
}
