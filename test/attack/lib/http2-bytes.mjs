// HTTP/2 frames written by hand: a stranger does not keep the rules of a library.
import net from 'node:net';
import { traceExport } from './otlp.mjs';

export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

export function frame(type, flags, stream, payload = Buffer.alloc(0)) {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A header block without Huffman and without the dynamic table; `fields` are names and values in turn. */
export function block(fields) {
  const parts = [];
  const text = (value) => {
    const bytes = Buffer.from(value, 'latin1');
    const size = [];
    if (bytes.length < 127) size.push(bytes.length);
    else {
      size.push(127);
      let rest = bytes.length - 127;
      for (; rest > 127; rest >>>= 7) size.push((rest & 127) | 128);
      size.push(rest);
    }
    parts.push(Buffer.from(size), bytes);
  };
  for (let i = 0; i < fields.length; i += 2) {
    parts.push(Buffer.from([0]));
    text(fields[i]);
    text(fields[i + 1]);
  }
  return Buffer.concat(parts);
}

export const exportFields = (more = []) => [
  ...[':method', 'POST', ':scheme', 'http', ':path', traceExport, ':authority', 'attack'],
  ...['content-type', 'application/grpc', 'te', 'trailers', ...more],
];

/** HEADERS of a request, cut into CONTINUATION frames where they are long. */
export function headers(stream, fields, endStream = false) {
  const bytes = block(fields);
  const most = 16_384;
  const parts = [];
  for (let at = 0; at === 0 || at < bytes.length; at += most) {
    const last = at + most >= bytes.length;
    const flags = (last ? 4 : 0) | (at === 0 && endStream ? 1 : 0);
    parts.push(frame(at === 0 ? 1 : 9, flags, stream, bytes.subarray(at, at + most)));
  }
  return Buffer.concat(parts);
}

export const data = (stream, bytes, endStream = false) => frame(0, endStream ? 1 : 0, stream, bytes);

/** A socket that sends anything and reads what comes. `closed` resolves when it is gone. */
export function dial(port, onData = () => {}) {
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.on('data', onData);
  const opened = new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  return {
    socket,
    opened,
    closed,
    send: (...bytes) => socket.write(Buffer.concat(bytes)),
    end: () => socket.destroy(),
  };
}

/** A connection with preface and SETTINGS sent. */
export function dialHttp2(port, onData) {
  const connection = dial(port, onData);
  connection.send(preface, frame(4, 0, 0));
  return connection;
}
