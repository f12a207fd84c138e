/**
 * Calls back with trace ID (hex) and span ID (hex) of every span of an encoded trace request: a plain reader of its
 * own.
 */
export function eachSpan(bytes: Uint8Array, visit: (traceId: string, spanId: string) => void): void {
  const nested = [1, 2, 2] as const;
  const walk = (message: Uint8Array, level: number): void => {
    let position = 0;
    const number = (): number => {
      let value = 0;
      for (let scale = 1; ; scale *= 128) {
        const byte = message[position++] ?? 0;
        value += (byte & 127) * scale;
        if (byte < 128) return value;
      }
    };
    let traceId = '';
    let spanId = '';
    while (position < message.length) {
      const tag = number();
      const field = Math.floor(tag / 8);
      const wire = tag % 8;
      if (wire === 2) {
        const length = number();
        const body = message.subarray(position, position + length);
        position += length;
        if (level < 3 && field === nested[level]) walk(body, level + 1);
        else if (level === 3 && field === 1) traceId = Buffer.from(body).toString('hex');
        else if (level === 3 && field === 2) spanId = Buffer.from(body).toString('hex');
      } else if (wire === 0) number();
      else position += wire === 1 ? 8 : 4;
    }
    if (level === 3) visit(traceId, spanId);
  };
  walk(bytes, 0);
}

const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]);
const field = (number: number, body: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(body.length)]), body]);

/** An encoded trace request of one resource; IDs are given in hex. */
export function encodeSpans(
  spans: readonly { readonly traceId: string; readonly spanId: string }[],
  service = 'test',
): Buffer {
  const attribute = Buffer.concat([field(1, Buffer.from('service.name')), field(2, field(1, Buffer.from(service)))]);
  const encoded = spans.map((span) =>
    field(
      2,
      Buffer.concat([
        field(1, Buffer.from(span.traceId, 'hex')),
        field(2, Buffer.from(span.spanId, 'hex')),
        field(5, Buffer.from('span')),
      ]),
    ),
  );
  return field(1, Buffer.concat([field(1, field(1, attribute)), field(2, Buffer.concat(encoded))]));
}
