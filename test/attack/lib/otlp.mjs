// OTLP bytes of friends and strangers, written by hand so that no bound of ours stands before them.
import { randomBytes } from 'node:crypto';

export const traceExport = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';

export function varint(value) {
  const out = [];
  let rest = value;
  while (rest > 127) {
    out.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  out.push(rest);
  return Buffer.from(out);
}

export const field = (number, body) => Buffer.concat([varint(number * 8 + 2), varint(body.length), body]);

export function grpcFrame(body, compressed = false) {
  const head = Buffer.alloc(5);
  head[0] = compressed ? 1 : 0;
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

const text = (value) => field(1, Buffer.from(value));
const attribute = (key, value) => field(1, Buffer.concat([text(key), field(2, text(value))]));

/** A request with one span whose IDs follow from `number`. */
export function oneSpan(number, service = 'friend') {
  const id = Buffer.alloc(8);
  id.writeUInt32BE(number, 4);
  id[0] = 1;
  const span = Buffer.concat([field(1, Buffer.concat([id, id])), field(2, id), field(5, Buffer.from('GET /'))]);
  const resource = field(1, attribute('service.name', service));
  return field(1, Buffer.concat([resource, field(2, field(2, span))]));
}

/** A span with random IDs and a name. */
export function namedSpan(name) {
  return Buffer.concat([field(1, randomBytes(16)), field(2, randomBytes(8)), field(5, Buffer.from(name))]);
}

/** A request of `count` empty messages: spans of one scope, scopes of one resource, or resources. */
export function empties(kind, count) {
  switch (kind) {
    case 'spans':
      return field(1, field(2, Buffer.alloc(count * 2, Buffer.from([0x12, 0]))));
    case 'scopes':
      return field(1, Buffer.alloc(count * 2, Buffer.from([0x12, 0])));
    case 'resources':
      return Buffer.alloc(count * 2, Buffer.from([0x0a, 0]));
    default:
      throw new Error(`no such kind: ${kind}`);
  }
}

/** A request of about `size` bytes that compresses to almost nothing: one span with a long name. */
export function longName(size, byte = 0x61) {
  const span = Buffer.concat([
    field(1, Buffer.alloc(16, 7)),
    field(2, Buffer.alloc(8, 7)),
    field(5, Buffer.alloc(size, byte)),
  ]);
  return field(1, field(2, field(2, span)));
}

/** A request of `size` bytes with spans that have an ID and a name. */
export function tinySpans(size) {
  const span = field(
    2,
    Buffer.concat([field(1, Buffer.alloc(16, 7)), field(2, Buffer.alloc(8, 7)), field(5, Buffer.from('a'))]),
  );
  return field(1, field(2, Buffer.alloc(size - (size % span.length), span)));
}

/** A request with one span that has `fields`. */
const spanOf = (fields) => field(1, field(2, field(2, fields)));

/** Requests of `size` bytes with one span that is nearly all of them. */
export const hugeSpans = {
  attributes: (size) => spanOf(Buffer.alloc(size, Buffer.from([0x4a, 0]))),
  /** The members of one map, each with a key of its own. */
  members: (size) => {
    const member = Buffer.from([0x0a, 5, 0x0a, 3, 0, 0, 0]);
    const members = Buffer.alloc(Math.floor(size / member.length) * member.length, member);
    for (let at = 4, key = 1; at < members.length; at += member.length, key = (key * 7919) % 2_097_143)
      for (let i = 0; i < 3; i++) members[at + i] = (key >> (7 * i)) & 127;
    return spanOf(field(9, Buffer.concat([text('k'), field(2, field(6, members))])));
  },
  name: (size) => spanOf(field(5, Buffer.alloc(size, '<'))),
};
