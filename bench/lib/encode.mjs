// Protobuf for the requests of the bench, encoded once, before anything is measured. Independent of src/otlp: what is
// measured must not make its own input.
export const text = (value) => Buffer.from(value, 'utf8');

export function varint(value) {
  const out = [];
  let rest = value;
  while (rest > 127) {
    out.push((rest & 127) | 128);
    rest = Math.floor(rest / 128);
  }
  out.push(rest);
  return Buffer.from(out);
}

export const field = (number, body) => Buffer.concat([varint(number * 8 + 2), varint(body.length), body]);
export const fixed64 = (number, value) => {
  const out = Buffer.alloc(9);
  out[0] = number * 8 + 1;
  out.writeBigUInt64LE(value, 1);
  return out;
};
