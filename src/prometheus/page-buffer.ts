/** Bytes of a page that are made before they are taken. */
const usual = 96 * 1024;

/** The bytes of a page that were not taken yet. */
export class PageBuffer {
  #bytes: Buffer = Buffer.allocUnsafeSlow(usual);
  length = 0;

  /** The written bytes; the buffer begins anew. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.length);
    this.#bytes = Buffer.allocUnsafeSlow(usual);
    this.length = 0;
    return taken;
  }

  byte(value: number): void {
    this.#room(1);
    this.#bytes[this.length++] = value;
  }

  text(text: string): void {
    this.#room(text.length * 3);
    this.length += this.#bytes.write(text, this.length);
  }

  run(source: Buffer, from: number, to: number): void {
    this.#room(to - from);
    this.length += source.copy(this.#bytes, this.length, from, to);
  }

  /** Copies what was written from `from` up to `to` once more. */
  again(from: number, to: number): void {
    this.#room(to - from);
    this.#bytes.copyWithin(this.length, from, to);
    this.length += to - from;
  }

  /** UTF-8 with `\\` for backslashes, `\n` for line breaks and, with `quotes`, `\"` for quotation marks. */
  escaped(source: Buffer, from: number, to: number, quotes: boolean): void {
    this.#room((to - from) * 2);
    const bytes = this.#bytes;
    let { length } = this;
    for (let i = from; i < to; i++) {
      const byte = source[i] ?? 0;
      if (byte === 10) {
        bytes[length++] = 92;
        bytes[length++] = 110;
        continue;
      }
      if (byte === 92 || (byte === 34 && quotes)) bytes[length++] = 92;
      bytes[length++] = byte;
    }
    this.length = length;
  }

  #room(more: number): void {
    if (this.length + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.length + more));
    this.#bytes.copy(larger, 0, 0, this.length);
    this.#bytes = larger;
  }
}
