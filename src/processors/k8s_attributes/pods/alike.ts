/** Values of each of two rounds: those that were not met since the round before the last one are forgotten. */
const most = 10_000;

/** Keeps one of values that are alike, such as the owners and labels of the pods of one workload. */
export class Alike {
  #recent: Map<string, unknown> = new Map();
  #older: Map<string, unknown> = new Map();

  /** The first value that JSON writes as it does this one. It must not be changed. */
  of<T>(value: T): T {
    const key = JSON.stringify(value);
    const known = this.#recent.get(key);
    if (known !== undefined) return known as T;
    const kept = this.#older.get(key) ?? value;
    if (this.#recent.size >= most) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(key, kept);
    return kept as T;
  }
}
