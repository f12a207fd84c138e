import { seededKey } from '../otlp/keys/seeded-key.js';
import { at32 } from '../otlp/wire/at.js';

/** Resources that are remembered; one that falls on the place of another one takes it. */
const places = 256;
/** Words of the key of the bytes. */
const words = 4;

/** What was found out of the resources that came last, as some bytes for each, by the bytes that they came as. */
export class RecentResources {
  readonly #key: Buffer = Buffer.alloc(words * 4);
  readonly #keyWords: Int32Array = new Int32Array(this.#key.buffer, this.#key.byteOffset, words);
  readonly #keys: Int32Array = new Int32Array(places * words);
  readonly #size: number;
  readonly #found: Uint8Array;
  #place = 0;

  /** @param size - bytes of what is found out of a resource */
  constructor(size: number) {
    this.#size = size;
    this.#found = new Uint8Array(places * size);
  }

  /** Copies what is known of the resource whose body is `bytes[from, to)`; false when that is nothing. */
  find(bytes: Uint8Array, from: number, to: number, into: Uint8Array): boolean {
    seededKey(bytes, from, to, this.#key);
    const key = this.#keyWords;
    this.#place = at32(key, 0) & (places - 1);
    const at = this.#place * words;
    for (let i = 0; i < words; i++) if (at32(this.#keys, at + i) !== at32(key, i)) return false;
    const found = this.#place * this.#size;
    for (let i = 0; i < this.#size; i++) into[i] = this.#found[found + i] as number;
    return true;
  }

  /** Remembers what was found out of the resource that was looked for last. */
  remember(found: Uint8Array): void {
    this.#keys.set(this.#keyWords, this.#place * words);
    this.#found.set(found, this.#place * this.#size);
  }

  forget(): void {
    this.#keys.fill(0);
  }
}
