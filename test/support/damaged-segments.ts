import fs from 'node:fs';
import path from 'node:path';

/** A file of `file_storage`, changed as broken media change it. The records in it are found by bytes that they hold. */
export class DamagedSegment {
  readonly path: string;
  readonly bytes: Buffer;
  /** What each frame in it begins with. */
  readonly #marker: Buffer;

  private constructor(file: string) {
    this.path = file;
    this.bytes = fs.readFileSync(file);
    this.#marker = Buffer.from(/-([0-9a-f]{16})\.seg$/.exec(file)?.[1] ?? '', 'hex');
  }

  /** The segments of a folder, in order. */
  static in(folder: string): DamagedSegment[] {
    const names = fs.readdirSync(folder).filter((name) => name.endsWith('.seg'));
    return names.toSorted().map((name) => new DamagedSegment(path.join(folder, name)));
  }

  /** Where bytes lie, in the newest record that has them; negative when they are in none. */
  placeOf(part: Uint8Array | string): number {
    return this.bytes.lastIndexOf(part);
  }

  /** Where the frame begins that has the byte at `place`. */
  frameOf(place: number): number {
    return this.bytes.lastIndexOf(this.#marker, place);
  }

  flip(place: number, bit = 0): void {
    this.bytes[place] = (this.bytes[place] ?? 0) ^ (1 << bit);
    fs.writeFileSync(this.path, this.bytes);
  }

  cut(length: number): void {
    fs.truncateSync(this.path, length);
  }
}
