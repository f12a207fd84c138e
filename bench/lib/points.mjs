// Encodes an OTLP metrics request once: totals of counters, each point with a number that a replay patches in place.
import { field, fixed64, text } from './encode.mjs';

const attribute = (key, value) => Buffer.concat([field(1, text(key)), field(2, field(1, text(value)))]);

/** A request: 1000 points of 20 counters in 4 resources, about 190 bytes each. They belong to 10,000 streams. */
export const points = { spans: 1000, resources: 4, metrics: 5, streams: 10_000 };
export const pointsPath = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';

const streamMark = 'stream-';
const digits = 5;
const startTime = 1_790_000_000_000_000_000n;
/** Between two points of a stream, seconds. */
const interval = 10;
/** Seconds from one run to the next, more than a run takes: its points would be late if it did not go on behind. */
const perRun = 1_000_000;
let runs = 0;

function point(i) {
  const attributes = [
    ['http.request.method', ['GET', 'PUT', 'POST', 'DELETE'][i % 4]],
    ['http.route', `/api/v1/${streamMark}${'0'.repeat(digits)}`],
    ['http.response.status_code', ['200', '201', '404', '500'][i % 4]],
    ['server.address', `server-${i % 4}.example.com`],
  ];
  return Buffer.concat([
    fixed64(2, startTime),
    fixed64(3, startTime),
    fixed64(6, 0n),
    ...attributes.map(([key, value]) => field(7, attribute(key, value))),
  ]);
}

/** One encoded request, and for point i the offset of its time, its value and the number of its stream. */
export function pointsPayload() {
  const perMetric = points.spans / points.resources / points.metrics;
  const resources = [];
  for (let r = 0, made = 0; r < points.resources; r++) {
    const attributes = [
      ['service.name', `service-${r}`],
      ['service.instance.id', `0b5d0a4a-5f0c-4b5e-9a55-00000000000${r}`],
      ['host.name', `host-${r}.example.com`],
      ['telemetry.sdk.language', 'nodejs'],
    ];
    const resource = field(1, Buffer.concat(attributes.map(([key, value]) => field(1, attribute(key, value)))));
    const metrics = [];
    for (let m = 0; m < points.metrics; m++) {
      const data = Array.from({ length: perMetric }, () => field(1, point(made++)));
      const sum = Buffer.concat([...data, Buffer.from([2 * 8, 2, 3 * 8, 1])]);
      const name = field(1, text(`bench.requests.${m}`));
      metrics.push(field(2, Buffer.concat([name, field(3, text('1')), field(7, sum)])));
    }
    const scope = field(1, Buffer.concat([field(1, text('bench')), field(2, text('1.0.0'))]));
    resources.push(field(1, Buffer.concat([resource, field(2, Buffer.concat([scope, ...metrics]))])));
  }
  const bytes = Buffer.concat(resources);
  const timeAt = new Int32Array(points.spans);
  const valueAt = new Int32Array(points.spans);
  const streamAt = new Int32Array(points.spans);
  let found = 0;
  eachPoint(bytes, (time, value) => {
    timeAt[found] = time;
    valueAt[found] = value;
    streamAt[found++] = bytes.indexOf(streamMark, value) + streamMark.length;
  });
  if (found !== points.spans) throw new Error(`encoded ${points.spans} points, found ${found}`);
  return { name: 'P', shape: points, bytes, path: pointsPath, timeAt, valueAt, streamAt, patch, run: runs++ };
}

/**
 * Gives the points of `target` (a copy of the payload) the numbers from `first` on. A number is the lower half of the
 * value; the stream and the time follow from it, so that the totals of a stream rise, also from one run to the next.
 */
function patch(payload, target, first) {
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
  const since = startTime + BigInt(payload.run * perRun) * 1_000_000_000n;
  for (let i = 0; i < points.spans; i++) {
    const number = first + i;
    const round = Math.floor(number / points.streams) + 1;
    view.setBigUint64(payload.timeAt[i], since + BigInt(round * interval) * 1_000_000_000n, true);
    view.setUint32(payload.valueAt[i], number >>> 0, true);
    view.setUint32(payload.valueAt[i] + 4, payload.run, true);
    let rest = number % points.streams;
    for (let at = payload.streamAt[i] + digits - 1; at >= payload.streamAt[i]; at--) {
      target[at] = 48 + (rest % 10);
      rest = Math.floor(rest / 10);
    }
  }
}

/** Calls back with the offsets of the time and of the value of every point of a sum. A reader of its own. */
export function eachPoint(bytes, visit) {
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
  // The fields that lead from the request to a point: resource, scope, metric, sum, point.
  const way = [1, 2, 2, 7, 1];
  const walk = (end, level) => {
    let time = -1;
    let value = -1;
    while (position < end) {
      const tag = number();
      const wire = tag % 8;
      const num = (tag - wire) / 8;
      if (wire === 2) {
        const length = number();
        const close = position + length;
        if (num === way[level]) walk(close, level + 1);
        position = close;
      } else if (wire === 0) number();
      else {
        if (level === way.length && num === 3) time = position;
        if (level === way.length && num === 6) value = position;
        position += wire === 1 ? 8 : 4;
      }
    }
    if (level === way.length) visit(time, value);
  };
  walk(bytes.length, 0);
}
