/** The fields of a message by number, each with all its values in order: varints, doubles of 8 bytes, or bytes. */
export type Fields = Map<number, (bigint | number | Buffer)[]>;

/** Reads any protobuf message, with BigInts and objects: an independent reader for what the writers make. */
export function fieldsOf(bytes: Buffer): Fields {
  const fields: Fields = new Map();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      if (at >= bytes.length) throw new Error('a varint without an end');
      const byte = bytes[at++] ?? 0;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const values = fields.get(tag >> 3) ?? [];
    fields.set(tag >> 3, values);
    switch (tag & 7) {
      case 0:
        values.push(varint());
        break;
      case 1:
        values.push(bytes.readDoubleLE(at));
        at += 8;
        break;
      case 2: {
        const length = Number(varint());
        if (at + length > bytes.length) throw new Error('a field that is longer than its message');
        values.push(bytes.subarray(at, at + length));
        at += length;
        break;
      }
      default:
        throw new Error(`wire type ${tag & 7}`);
    }
  }
  return fields;
}

export const messagesAt = (fields: Fields, field: number): Fields[] =>
  (fields.get(field) ?? []).map((value) => fieldsOf(value as Buffer));
export const textAt = (fields: Fields, field: number): string => String(fields.get(field)?.at(-1) ?? '');
export const doubleAt = (fields: Fields, field: number): number => Number(fields.get(field)?.at(-1) ?? 0);
export const integerAt = (fields: Fields, field: number): number => Number(fields.get(field)?.at(-1) ?? 0n);
export const zigzag = (value: bigint): number => Number((value >> 1n) ^ -(value & 1n));
export const zigzagAt = (fields: Fields, field: number): number => zigzag((fields.get(field)?.at(-1) ?? 0n) as bigint);

/** Numbers of a repeated field, packed or not. */
export function varintsAt(fields: Fields, field: number): bigint[] {
  return (fields.get(field) ?? []).flatMap((value) => {
    if (typeof value === 'bigint') return [value];
    const all: bigint[] = [];
    let number = 0n;
    let shift = 0n;
    for (const byte of value as Buffer) {
      number |= BigInt(byte & 127) << shift;
      shift += 7n;
      if (byte > 127) continue;
      all.push(number);
      number = shift = 0n;
    }
    return all;
  });
}

/** Messages that stand one after the other, each behind its length. */
export function delimited(bytes: Buffer): Fields[] {
  const all: Fields[] = [];
  for (let at = 0; at < bytes.length;) {
    let length = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[at++] ?? 0;
      length += (byte & 127) * shift;
      if (byte < 128) break;
    }
    all.push(fieldsOf(bytes.subarray(at, at + length)));
    at += length;
  }
  return all;
}
