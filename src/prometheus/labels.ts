/** The name and the value of a label. */
export type Label = readonly [name: string, value: string];

/** Bytes of a length. */
const lengthSize = 4;

/** Labels in one run of bytes: each name and each value behind its length. */
export function encodeLabels(labels: readonly Label[]): Buffer {
  let size = 0;
  for (const [name, value] of labels) size += lengthSize * 2 + Buffer.byteLength(name) + Buffer.byteLength(value);
  const bytes = Buffer.allocUnsafeSlow(size);
  let at = 0;
  for (const label of labels)
    for (const text of label) {
      const written = bytes.write(text, at + lengthSize);
      bytes.writeUInt32LE(written, at);
      at += lengthSize + written;
    }
  return bytes;
}

/** Reads what `encodeLabels` has written, one label after the other. */
export class LabelReader {
  bytes: Buffer = Buffer.alloc(0);
  nameFrom = 0;
  nameTo = 0;
  valueFrom = 0;
  valueTo = 0;

  open(labels: Uint8Array): this {
    this.bytes = labels instanceof Buffer ? labels : Buffer.from(labels.buffer, labels.byteOffset, labels.byteLength);
    this.nameFrom = this.nameTo = this.valueFrom = this.valueTo = 0;
    return this;
  }

  next(): boolean {
    if (this.valueTo >= this.bytes.length) return false;
    this.nameFrom = this.valueTo + lengthSize;
    this.nameTo = this.nameFrom + this.bytes.readUInt32LE(this.valueTo);
    this.valueFrom = this.nameTo + lengthSize;
    this.valueTo = this.valueFrom + this.bytes.readUInt32LE(this.nameTo);
    return true;
  }

  get name(): string {
    return this.bytes.toString('utf8', this.nameFrom, this.nameTo);
  }

  get value(): string {
    return this.bytes.toString('utf8', this.valueFrom, this.valueTo);
  }
}

/** By the bytes of the names, as Prometheus sorts them. */
export function compareNames([a]: Label, [b]: Label): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
