// A steady load in a process of its own: batches of spans in several encodings over several connections, each sent
// again until it is accepted.
import http from 'node:http';
import http2 from 'node:http2';
import zlib from 'node:zlib';
import { field, grpcFrame, traceExport } from './otlp.mjs';

const spansPerRequest = 100;
const pauseMs = 25;
let ports;
let running = true;
let next = 1;
const counts = { accepted: 0, refused: 0 };

function batch() {
  const spans = [];
  for (let i = 0; i < spansPerRequest; i++) {
    const id = Buffer.alloc(8, 1);
    id.writeUInt32BE(next++, 4);
    const trace = Buffer.alloc(16, 2);
    trace.writeUInt32BE(Math.imul(next >> 3, 0x9e3779b1) >>> 0, 0);
    trace.writeUInt32BE(next >> 3, 12);
    spans.push(
      field(
        2,
        Buffer.concat([
          field(1, trace),
          field(2, id),
          field(5, Buffer.from(`GET /api/${next % 100}`)),
          field(9, attribute('note', `${'soak '.repeat(40)}${next}`)),
        ]),
      ),
    );
  }
  const resource = field(1, field(1, attribute('service.name', `soak-${next % 7}`)));
  return field(1, Buffer.concat([resource, field(2, Buffer.concat(spans))]));
}

function attribute(key, value) {
  return Buffer.concat([field(1, Buffer.from(key)), field(2, field(1, Buffer.from(value)))]);
}

function overGrpc(gzip) {
  let session;
  return (body) =>
    new Promise((resolve) => {
      if (!session || session.closed || session.destroyed) {
        session = http2.connect(`http://127.0.0.1:${ports.grpc}`);
        session.on('error', () => {});
      }
      let status;
      const note = (fields) => (status = fields['grpc-status'] ?? status);
      const stream = session.request({
        ':method': 'POST',
        ':path': traceExport,
        'content-type': 'application/grpc',
        te: 'trailers',
        ...(gzip ? { 'grpc-encoding': 'gzip' } : {}),
      });
      stream
        .on('response', note)
        .on('trailers', note)
        .on('error', () => {});
      stream.on('close', () => resolve(status === '0'));
      stream.resume();
      stream.end(gzip ? grpcFrame(zlib.gzipSync(body), true) : grpcFrame(body));
    });
}

function overHttp(gzip) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  return (body) =>
    new Promise((resolve) => {
      const request = http.request(
        {
          ...{ host: '127.0.0.1', port: ports.http, method: 'POST', path: '/v1/traces', agent },
          headers: { 'content-type': 'application/x-protobuf', ...(gzip ? { 'content-encoding': 'gzip' } : {}) },
        },
        (response) => {
          response.resume();
          response.on('close', () => resolve(response.statusCode === 200));
        },
      );
      request.on('error', () => resolve(false));
      request.end(gzip ? zlib.gzipSync(body) : body);
    });
}

async function go(send) {
  while (running) {
    const body = batch();
    while (running && !(await send(body))) {
      counts.refused += spansPerRequest;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    if (running) counts.accepted += spansPerRequest;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

process.on('message', (message) => {
  if (message.kind === 'start') {
    ports = message.ports;
    for (const gzip of [false, true]) {
      void go(overGrpc(gzip));
      void go(overHttp(gzip));
    }
  }
  if (message.kind === 'stop') running = false;
  process.send(counts);
});
