// The backend: a gRPC and an HTTP OTLP server that books every span it receives by its number. Windows open at 64 KiB
// and grow, as grpc-go's do.
import http from 'node:http';
import http2 from 'node:http2';
import zlib from 'node:zlib';
import { eachLine } from './log-lines.mjs';
import { eachSpan } from './payload.mjs';
import { eachPoint } from './points.mjs';

const [grpcPort, httpPort] = process.argv.slice(2).map(Number);
let seen = new Uint8Array(1 << 20);
let received = 0;
let requests = 0;
let delayMs = 0;
/** The payload is one of metrics. */
let countsPoints = false;
/** With a bound, at most this many spans a second are answered; the rest wait their turn, as behind a slow backend. */
let spansPerSecond = 0;
let nextFree = 0;

function see(number) {
  if (number >= seen.length) {
    const larger = new Uint8Array(Math.max(seen.length * 2, number + 1));
    larger.set(seen);
    seen = larger;
  }
  if (seen[number] < 255) seen[number]++;
}

/** A span has its number in its ID, a point as its value. */
function book(bytes, each = eachSpan) {
  let spans = 0;
  each(bytes, (_before, id) => {
    see((bytes[id] | (bytes[id + 1] << 8) | (bytes[id + 2] << 16) | (bytes[id + 3] << 24)) >>> 0);
    spans++;
  });
  received += spans;
  requests++;
  return spans;
}

function bookLines(bytes) {
  let lines = 0;
  eachLine(bytes, (number) => {
    see(number);
    lines++;
  });
  received += lines;
  requests++;
  return lines;
}

function answerAfter(spans, answer) {
  if (spansPerSecond > 0) {
    const now = performance.now();
    nextFree = Math.max(nextFree, now) + (spans / spansPerSecond) * 1000;
    setTimeout(answer, nextFree - now);
  } else if (delayMs > 0) setTimeout(answer, delayMs);
  else answer();
}

const ok = Buffer.from([0, 0, 0, 0, 0]);
const grpc = http2.createServer({ maxSessionMemory: 1000 });
grpc.on('session', (session) => {
  session.on('error', () => {});
  let bytes = 0;
  session.on('stream', () => {
    // grpc-go estimates the bandwidth and grows its windows; here they grow once, after the first requests.
    if (++bytes === 4) {
      session.settings({ initialWindowSize: 1 << 22 });
      session.setLocalWindowSize(1 << 23);
    }
  });
});
grpc.on('stream', (stream, headers) => {
  const chunks = [];
  stream.on('error', () => {});
  stream.on('data', (chunk) => chunks.push(chunk));
  stream.on('end', () => {
    let message = Buffer.concat(chunks).subarray(5);
    if (headers['grpc-encoding'] === 'gzip') message = zlib.gunzipSync(message);
    const path = headers[':path'];
    const isTraces = path.includes('.trace.');
    // Metrics that a program makes have no numbers, and are taken without a look at them.
    const counted =
      isTraces || (countsPoints && !path.includes('.logs.')) ? book(message, isTraces ? eachSpan : eachPoint) : 0;
    const items = path.includes('.logs.') ? bookLines(message) : counted;
    answerAfter(items, () => {
      if (stream.destroyed) return;
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(ok);
    });
  });
});
const web = http.createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    let message = Buffer.concat(chunks);
    if (request.headers['content-encoding'] === 'gzip') message = zlib.gunzipSync(message);
    answerAfter(book(message), () => {
      response.writeHead(200, { 'content-type': 'application/x-protobuf' });
      response.end();
    });
  });
});

process.on('message', (command) => {
  if (command.reset) {
    seen.fill(0);
    received = requests = 0;
    delayMs = command.delayMs ?? 0;
    countsPoints = command.countsPoints ?? false;
    spansPerSecond = command.spansPerSecond ?? 0;
    nextFree = 0;
  }
  // Counts as a string of digits would be megabytes; the parent merges sinks, so it gets the raw bytes.
  process.send({
    received,
    requests,
    ...(command.seen ? { seen: Buffer.from(seen.subarray(0, command.seen)).toString('base64') } : {}),
  });
});
process.on('disconnect', () => process.exit(0));
grpc.listen(grpcPort, '127.0.0.1', () => web.listen(httpPort, '127.0.0.1', () => process.send({ ready: true })));
