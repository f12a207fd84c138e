/** Bytes that an entry counts beyond its name and value (RFC 7541 4.1). */
const overhead = 32;

/** The dynamic table of one direction (RFC 7541 2.3.2). Index 0 is the newest entry. Sizes are in bytes. */
export class DynamicTable {
  /** Oldest first; what was evicted is cut off in steps, so that eviction costs nothing per entry. */
  #names: string[] = [];
  #values: string[] = [];
  #evicted = 0;
  #size = 0;
  #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get limit(): number {
    return this.#limit;
  }

  get count(): number {
    return this.#names.length - this.#evicted;
  }

  /** Makes it hold at most `limit` bytes from now on. */
  resize(limit: number): void {
    this.#limit = limit;
    this.#evict(0);
  }

  /** Undefined where there is no such entry. */
  name(index: number): string | undefined {
    return index < this.count ? this.#names[this.#names.length - 1 - index] : undefined;
  }

  value(index: number): string | undefined {
    return index < this.count ? this.#values[this.#values.length - 1 - index] : undefined;
  }

  /** An entry larger than the table empties it. */
  add(name: string, value: string): void {
    const size = name.length + value.length + overhead;
    this.#evict(size);
    if (size > this.#limit) return;
    this.#names.push(name);
    this.#values.push(value);
    this.#size += size;
  }

  #evict(room: number): void {
    while (this.#size + room > this.#limit && this.count > 0) {
      const name = this.#names[this.#evicted] as string;
      const value = this.#values[this.#evicted] as string;
      this.#names[this.#evicted] = this.#values[this.#evicted] = '';
      this.#size -= name.length + value.length + overhead;
      this.#evicted++;
    }
    if (this.#evicted > 64 && this.#evicted * 2 > this.#names.length) {
      this.#names = this.#names.slice(this.#evicted);
      this.#values = this.#values.slice(this.#evicted);
      this.#evicted = 0;
    }
  }
}
