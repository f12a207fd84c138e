// Encodes OTLP trace requests once and knows where each trace and span ID lies, so that a replay patches fresh IDs in
// place. The shape P is one of metrics, by points.mjs.
import { pointsPayload } from './points.mjs';

import { field, fixed64, text, varint } from './encode.mjs';

const attribute = (key, value) => {
  const any = typeof value === 'number' ? Buffer.concat([varint(3 * 8), varint(value)]) : field(1, text(value));
  return Buffer.concat([field(1, text(key)), field(2, any)]);
};

// A small generator with a fixed seed: the same payload in every run and on every machine.
let state = 42;
const pick = (n) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state % n;
};
const word = (n) => Array.from({ length: n }, () => 'abcdefghijklmnopqrstuvwxyz0123456789'[pick(36)]).join('');

const keys = [
  'http.request.method',
  'url.path',
  'http.response.status_code',
  'server.address',
  'server.port',
  'user_agent.original',
  'network.protocol.version',
  'db.system',
  'db.statement',
  'db.name',
  'rpc.service',
  'rpc.method',
  'thread.id',
  'thread.name',
  'enduser.id',
  'code.function',
];

/**
 * Sizes: M (headline) 750 to 800 bytes a span and 16 attributes; S 130 bytes and 2; L 3 to 6 KB with events and links.
 */
export const shapes = {
  M: { spans: 1000, resources: 4, perTrace: 8, attributes: 16, value: () => 21 + pick(12), events: 0, links: 0 },
  S: { spans: 100, resources: 1, perTrace: 4, attributes: 2, value: () => 4, events: 0, links: 0 },
  L: { spans: 200, resources: 4, perTrace: 8, attributes: 24, value: () => 30 + pick(20), events: 6, links: 3 },
};

const methods = ['GET', 'PUT', 'POST', 'DELETE'];
const codes = [200, 201, 404, 500];
/** Digits of the number of a route, which `patch` sets. */
const routeDigits = 5;
const routeMark = 'route-';

/** The attributes of a span that is one of a limited number of series: only the route has a number. */
function ofSeries(i) {
  return [
    ['http.request.method', methods[i % 4]],
    ['http.route', `/api/v1/${routeMark}${'0'.repeat(routeDigits)}`],
    ['http.response.status_code', codes[i % 4]],
    ['server.address', `server-${i % 4}.example.com`],
  ];
}

/** The number of the series that a span has. */
const seriesOf = (number, series, spans) =>
  series < spans ? Math.floor(((number % spans) * series) / spans) : number % series;

function span(shape, position, series) {
  const i = series > 0 ? seriesOf(position, series, shape.spans) : 0;
  const limited = series > 0 ? ofSeries(i) : [];
  const parts = [
    field(1, Buffer.alloc(16)),
    field(2, Buffer.alloc(8)),
    field(4, Buffer.alloc(8, 7)),
    field(5, text(series > 0 ? `${methods[i % 4]} /api/items` : `GET /api/${word(8)}`)),
  ];
  parts.push(
    Buffer.from([6 * 8, 2]),
    fixed64(7, 1790000000000000000n + BigInt(pick(1e9))),
    fixed64(8, 1790000001000000000n + BigInt(pick(1e9))),
  );
  for (let k = 0; k < shape.attributes; k++) {
    const [key, value] = limited[k] ?? [
      keys[k] ?? `custom.attribute.${k}`,
      k % 5 === 2 ? pick(60000) : word(shape.value()),
    ];
    parts.push(field(9, attribute(key, value)));
  }
  for (let i = 0; i < shape.events; i++) {
    const body = [fixed64(1, 1790000000500000000n), field(2, text(`event ${word(10)}`))];
    for (let k = 0; k < 4; k++) body.push(field(3, attribute(`event.attribute.${k}`, word(40))));
    parts.push(field(11, Buffer.concat(body)));
  }
  for (let i = 0; i < shape.links; i++)
    parts.push(
      field(
        13,
        Buffer.concat([
          field(1, Buffer.alloc(16, 3)),
          field(2, Buffer.alloc(8, 3)),
          field(4, attribute('link.kind', word(12))),
        ]),
      ),
    );
  parts.push(field(15, Buffer.from([3 * 8, 1])));
  return Buffer.concat(parts);
}

/**
 * One encoded request: `bytes`, and for span i the offset of its trace ID and of its span ID. `series`: how many
 * combinations of four attributes its spans have as their numbers go up; 0: any. It divides the spans of a request, or
 * is a multiple of them.
 */
export function payload(name, series = 0) {
  if (name === 'P') return pointsPayload();
  const shape = shapes[name];
  state = 42;
  const perResource = Math.ceil(shape.spans / shape.resources);
  const resources = [];
  for (let r = 0, made = 0; r < shape.resources; r++) {
    const attributes = [
      ['service.name', `service-${r}`],
      ['host.name', word(12)],
      ['k8s.pod.name', word(20)],
      ['telemetry.sdk.language', 'nodejs'],
    ];
    const resource = field(1, Buffer.concat(attributes.map(([key, value]) => field(1, attribute(key, value)))));
    const spans = [];
    for (let i = 0; i < perResource && made < shape.spans; i++, made++) spans.push(field(2, span(shape, made, series)));
    const scope = field(1, Buffer.concat([field(1, text('bench')), field(2, text('1.0.0'))]));
    resources.push(field(1, Buffer.concat([resource, field(2, Buffer.concat([scope, ...spans]))])));
  }
  const bytes = Buffer.concat(resources);
  const traceAt = new Int32Array(shape.spans);
  const spanAt = new Int32Array(shape.spans);
  let found = 0;
  eachSpan(bytes, (traceOffset, spanOffset) => {
    traceAt[found] = traceOffset;
    spanAt[found++] = spanOffset;
  });
  if (found !== shape.spans) throw new Error(`encoded ${shape.spans} spans, found ${found}`);
  const routeAt = new Int32Array(series > 0 ? shape.spans : 0);
  for (let i = 0, at = 0; i < routeAt.length; i++, at++) {
    at = bytes.indexOf(routeMark, at);
    routeAt[i] = at + routeMark.length;
  }
  return { name, shape, bytes, traceAt, spanAt, routeAt, series };
}

/**
 * Gives the spans of `target` (a copy of the payload) the numbers from `first` on. A number is in the span ID; its
 * trace follows from it.
 */
export function patch(payload, target, first) {
  if (payload.patch) return payload.patch(payload, target, first);
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
  const { perTrace, spans } = payload.shape;
  for (let i = 0; i < spans; i++) {
    const number = first + i;
    const trace = Math.floor(number / perTrace);
    const at = payload.traceAt[i];
    // Trace IDs look random, as those of SDKs do; the ring must see them spread.
    view.setUint32(at, mix(trace, 0x9e3779b9), true);
    view.setUint32(at + 4, mix(trace, 0x85ebca6b), true);
    view.setUint32(at + 8, mix(trace, 0xc2b2ae35), true);
    view.setUint32(at + 12, trace >>> 0, true);
    view.setUint32(payload.spanAt[i], number >>> 0, true);
    view.setUint32(payload.spanAt[i] + 4, 0x6b616e6d, true);
    if (payload.series > 0) patchRoute(target, payload.routeAt[i], seriesOf(number, payload.series, spans));
  }
}

function patchRoute(target, from, number) {
  let rest = number;
  for (let at = from + routeDigits - 1; at >= from; at--) {
    target[at] = 48 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}

function mix(value, seed) {
  let h = Math.imul(value ^ seed, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * Calls back with the offsets of trace ID and span ID of every span. A reader of its own: the sink must not trust what
 * it measures.
 */
export function eachSpan(bytes, visit) {
  let position = 0;
  const number = () => {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = bytes[position++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  };
  const walk = (end, level) => {
    let trace = -1;
    let id = -1;
    while (position < end) {
      const tag = number();
      const wire = tag % 8;
      const num = (tag - wire) / 8;
      if (wire === 2) {
        const length = number();
        if (level < 3 && num === [1, 2, 2][level]) {
          const close = position + length;
          walk(close, level + 1);
          position = close;
          continue;
        }
        if (level === 3 && num === 1) trace = position;
        if (level === 3 && num === 2) id = position;
        position += length;
      } else if (wire === 0) number();
      else position += wire === 1 ? 8 : 4;
    }
    if (level === 3) visit(trace, id);
  };
  walk(bytes.length, 0);
}
