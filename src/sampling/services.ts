import { SeededHash } from '../otlp/keys/seeded-hash.js';
import { at32, byteAt } from '../otlp/wire/at.js';
import { Largest } from './largest.js';

/** Services that are told apart; the others share number 0. */
const most = 4096;

/**
 * Numbers for the services of pending traces, and the memory that each of them holds: so that one that sends too much
 * does not push out the traces of another.
 */
export class Services {
  readonly #hash: SeededHash = new SeededHash();
  readonly #numbers: Map<number, number> = new Map();
  readonly #names: Buffer[] = [Buffer.alloc(0)];
  /** By number: the hash of the name. */
  readonly #hashes: Int32Array = new Int32Array(most);
  /** Numbers whose service had no trace at some time since they stand here, and which of them these are. */
  readonly #idle: number[] = [];
  readonly #isIdle: Uint8Array = new Uint8Array(most);
  readonly #traces: Int32Array = new Int32Array(most);
  readonly #blocks: Int32Array = new Int32Array(most);
  /** By number: the blocks of those that have a trace, and one more. */
  readonly #largest: Largest = new Largest();

  /** The number of the service `bytes[from, to)`; 0 where it cannot be told from others. */
  numberOf(bytes: Uint8Array, from: number, to: number): number {
    if (from === to) return 0;
    const hash = this.#hash.of(bytes, from, to);
    const known = this.#numbers.get(hash);
    if (known !== undefined) return this.#isNamed(known, bytes, from, to) ? known : 0;
    const number = this.#names.length < most ? this.#names.length : this.#takeIdle();
    if (number === 0) return 0;
    this.#names[number] = Buffer.from(bytes.subarray(from, to));
    this.#hashes[number] = hash;
    this.#numbers.set(hash, number);
    // Its first trace may never come.
    this.#markIdle(number);
    return number;
  }

  /** A trace of the service came (1) or went (-1). */
  countTrace(service: number, change: number): void {
    const traces = at32(this.#traces, service) + change;
    this.#traces[service] = traces;
    if (traces === 0) this.#markIdle(service);
    this.#rank(service);
  }

  countBlocks(service: number, change: number): void {
    this.#blocks[service] = at32(this.#blocks, service) + change;
    this.#rank(service);
  }

  /** The service that holds the most blocks, and has a trace; -1 when none has. */
  get largest(): number {
    return this.#largest.first;
  }

  #rank(service: number): void {
    this.#largest.set(service, at32(this.#traces, service) > 0 ? at32(this.#blocks, service) + 1 : 0);
  }

  #markIdle(service: number): void {
    if (service === 0 || this.#isIdle[service] === 1) return;
    this.#isIdle[service] = 1;
    this.#idle.push(service);
  }

  /** The number of a service that has no trace any more, which is forgotten; 0 when each has one. */
  #takeIdle(): number {
    for (let number = this.#idle.pop(); number !== undefined; number = this.#idle.pop()) {
      this.#isIdle[number] = 0;
      if (at32(this.#traces, number) > 0) continue;
      this.#numbers.delete(at32(this.#hashes, number));
      return number;
    }
    return 0;
  }

  #isNamed(number: number, bytes: Uint8Array, from: number, to: number): boolean {
    const name = this.#names[number];
    if (name?.length !== to - from) return false;
    for (let i = 0; i < name.length; i++) if (byteAt(name, i) !== byteAt(bytes, from + i)) return false;
    return true;
  }
}
