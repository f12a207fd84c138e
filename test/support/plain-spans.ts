import { Batch } from '../../src/otlp/batch.js';
import { validate } from '../../src/otlp/wire/validate.js';

/** A span in its surroundings, as bytes in hex: plain objects, for slow models. */
export interface PlainSpan {
  /** The bytes of its resource beside scopes. */
  readonly resource: string;
  /** The bytes of its scope beside spans. */
  readonly scope: string;
  /** With its tag and length. */
  readonly span: string;
  /** The 16 bytes of the trace ID. */
  readonly trace: string;
}

export interface PlainField {
  readonly tag: number;
  readonly from: number;
  readonly bodyFrom: number;
  readonly to: number;
}

const scopeSpans = 0x12;
const zeroId = '0'.repeat(32);

/** The spans of a request in order, found by a reader of its own. */
export function plainSpans(request: Uint8Array): PlainSpan[] {
  const spans: PlainSpan[] = [];
  for (const resource of fieldsOf(request).filter(({ tag }) => tag === 0x0a)) {
    const body = request.subarray(resource.bodyFrom, resource.to);
    const ofResource = without(body, scopeSpans);
    for (const scope of fieldsOf(body).filter(({ tag }) => tag === scopeSpans)) {
      const inner = body.subarray(scope.bodyFrom, scope.to);
      const ofScope = without(inner, scopeSpans);
      for (const span of fieldsOf(inner).filter(({ tag }) => tag === scopeSpans))
        spans.push({
          ...{ resource: ofResource, scope: ofScope },
          span: hex(inner.subarray(span.from, span.to)),
          trace: traceOf(inner.subarray(span.bodyFrom, span.to)),
        });
    }
  }
  return spans;
}

/** A batch of spans in their surroundings; neighbours with the same ones are in one resource and scope. */
export function batchOf(spans: readonly Omit<PlainSpan, 'trace'>[]): Batch {
  const resources: Buffer[] = [];
  for (let i = 0; i < spans.length;) {
    const { resource } = spans[i]!;
    const scopes: Buffer[] = [];
    while (spans[i]?.resource === resource) {
      const { scope } = spans[i]!;
      const inside: Buffer[] = [];
      while (spans[i]?.resource === resource && spans[i]?.scope === scope) inside.push(bytesOf(spans[i++]!.span));
      scopes.push(delimited(scopeSpans, bytesOf(scope), ...inside));
    }
    resources.push(delimited(0x0a, bytesOf(resource), ...scopes));
  }
  return validate('traces', new Uint8Array(Buffer.concat(resources)));
}

/** A message with its tag. */
export function delimited(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, ...varint(body.length)]), body]);
}

/** A field that no message has, in hex: of a resource, of a scope or of a span. */
export const unknownField = (body: Uint8Array): string => `aa38${hex(delimited(0, body)).slice(2)}`;

const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytesOf = (text: string): Buffer => Buffer.from(text, 'hex');

/** The bytes of a message beside the fields with `tag`. */
function without(message: Uint8Array, tag: number): string {
  return fieldsOf(message)
    .filter((field) => field.tag !== tag)
    .map(({ from, to }) => hex(message.subarray(from, to)))
    .join('');
}

/** The last trace ID of a span counts. */
function traceOf(span: Uint8Array): string {
  const id = fieldsOf(span).findLast(({ tag }) => tag === 0x0a);
  return id && id.to > id.bodyFrom ? hex(span.subarray(id.bodyFrom, id.to)) : zeroId;
}

/** The fields of a message. */
export function fieldsOf(message: Uint8Array): PlainField[] {
  const fields: PlainField[] = [];
  let at = 0;
  const number = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const from = at;
    const tag = number();
    let bodyFrom = at;
    const wire = tag % 8;
    if (wire === 2) {
      const length = number();
      bodyFrom = at;
      at += length;
    } else if (wire === 0) number();
    else if (wire === 1) at += 8;
    else if (wire === 5) at += 4;
    else throw new Error(`wire type ${wire}`);
    fields.push({ tag, from, bodyFrom, to: at });
  }
  return fields;
}
