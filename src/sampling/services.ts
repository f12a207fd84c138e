import { SeededHash } from '../otlp/keys/seeded-hash.js';
import { at32, byteAt } from '../otlp/wire/at.js';

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
  readonly #free: number[] = [];
  readonly #traces: Int32Array = new Int32Array(most);
  readonly #blocks: Int32Array = new Int32Array(most);

  /** The number of the service `bytes[from, to)`; 0 where it cannot be told from others. */
  numberOf(bytes: Uint8Array, from: number, to: number): number {
    if (from === to) return 0;
    const hash = this.#hash.of(bytes, from, to);
    const known = this.#numbers.get(hash);
    if (known !== undefined) return this.#isNamed(known, bytes, from, to) ? known : 0;
    this.#forgetIdle();
    const number = this.#free.pop() ?? (this.#names.length < most ? this.#names.length : 0);
    if (number === 0) return 0;
    this.#names[number] = Buffer.from(bytes.subarray(from, to));
    this.#numbers.set(hash, number);
    return number;
  }

  /** A trace of the service came (1) or went (-1). */
  countTrace(service: number, change: number): void {
    this.#traces[service] = at32(this.#traces, service) + change;
  }

  countBlocks(service: number, change: number): void {
    this.#blocks[service] = at32(this.#blocks, service) + change;
  }

  /** The service that holds the most blocks, and has a trace. */
  get largest(): number {
    let found = -1;
    let blocks = -1;
    for (let service = 0; service < this.#names.length; service++)
      if (at32(this.#traces, service) > 0 && at32(this.#blocks, service) > blocks) {
        found = service;
        blocks = at32(this.#blocks, service);
      }
    return found;
  }

  /** Once all numbers are given, those of services without traces are free again. */
  #forgetIdle(): void {
    if (this.#names.length < most || this.#free.length > 0) return;
    for (const [hash, number] of this.#numbers) {
      if (at32(this.#traces, number) > 0) continue;
      this.#numbers.delete(hash);
      this.#free.push(number);
    }
  }

  #isNamed(number: number, bytes: Uint8Array, from: number, to: number): boolean {
    const name = this.#names[number];
    if (name?.length !== to - from) return false;
    for (let i = 0; i < name.length; i++) if (byteAt(name, i) !== byteAt(bytes, from + i)) return false;
    return true;
  }
}
