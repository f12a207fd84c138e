import fs from 'node:fs';
import path from 'node:path';

/** `rename`: the file gets another name, and a new one is begun; `copy`: its content is copied, and it is truncated. */
export type Rotation = 'rename' | 'copy';

/** A log file with numbered lines, rotated as logrotate does it: `.1` is the newest of the rotated ones. */
export class RotatedLog {
  readonly #file: string;
  readonly #prefix: string;
  readonly #rotation: Rotation;
  #rotated = 0;
  written = 0;

  /** `prefix`: what each line begins with. */
  constructor(folder: string, prefix: string, rotation: Rotation) {
    this.#file = path.join(folder, `${rotation}.log`);
    this.#prefix = `${prefix} ${rotation}`;
    this.#rotation = rotation;
  }

  write(lines: number): void {
    const end = this.written + lines;
    let text = '';
    for (; this.written < end; this.written++) text += `${this.#line(this.written)}\n`;
    fs.appendFileSync(this.#file, text);
  }

  rotate(): void {
    for (let i = this.#rotated++; i > 0; i--) fs.renameSync(`${this.#file}.${i}`, `${this.#file}.${i + 1}`);
    if (this.#rotation === 'rename') {
      fs.renameSync(this.#file, `${this.#file}.1`);
      return;
    }
    // Both in one turn: what a writer adds in between is lost, with any reader.
    fs.copyFileSync(this.#file, `${this.#file}.1`);
    fs.truncateSync(this.#file);
  }

  /** All lines that were written, from line `from` on. */
  lines(from = 0): string[] {
    return Array.from({ length: this.written - from }, (_, i) => this.#line(from + i));
  }

  #line(number: number): string {
    return `${this.#prefix} ${String(number).padStart(8, '0')} ${'x'.repeat(1 + ((number * 7) % 90))}`;
  }
}
