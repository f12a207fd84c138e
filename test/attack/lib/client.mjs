// A well-behaved sender in a process of its own: one small request at a time over gRPC and one over HTTP, each with a
// fresh span, and how long each waited for its answer.
import http from 'node:http';
import http2 from 'node:http2';
import { grpcFrame, oneSpan, traceExport } from './otlp.mjs';

/** Between the answer of a request and the next one, milliseconds. */
const pauseMs = 20;
/** A request without an answer counts as this long, milliseconds. */
const giveUpMs = 30_000;

let ports;
let session;
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
let next = 1;
let running = false;
const fresh = () => ({ accepted: 0, refused: 0, unanswered: 0, worstMs: 0, answers: {} });
let counts = fresh();

function grpc(body) {
  return new Promise((resolve) => {
    if (!session || session.closed || session.destroyed) {
      session = http2.connect(`http://127.0.0.1:${ports.grpc}`);
      session.on('error', () => {});
    }
    let status;
    const note = (headers) => (status = headers['grpc-status'] ?? status);
    const stream = session.request({
      ':method': 'POST',
      ':path': traceExport,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const late = setTimeout(() => stream.close(8), giveUpMs);
    stream
      .on('response', note)
      .on('trailers', note)
      .on('error', () => {});
    stream.on('close', () => {
      clearTimeout(late);
      resolve(status === undefined ? 'none' : `grpc ${status}`);
    });
    stream.resume();
    stream.end(grpcFrame(body));
  });
}

function overHttp(body) {
  return new Promise((resolve) => {
    const request = http.request(
      {
        host: '127.0.0.1',
        port: ports.http,
        method: 'POST',
        path: '/v1/traces',
        agent,
        headers: { 'content-type': 'application/x-protobuf', 'content-length': body.length },
        timeout: giveUpMs,
      },
      (response) => {
        response.resume();
        response.on('close', () => resolve(`http ${response.statusCode}`));
      },
    );
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve('none'));
    request.end(body);
  });
}

async function go(send) {
  while (running) {
    const began = performance.now();
    const answer = await send(oneSpan(next++));
    const waited = performance.now() - began;
    counts.worstMs = Math.max(counts.worstMs, answer === 'none' && waited < 1000 ? 0 : waited);
    counts.answers[answer] = (counts.answers[answer] ?? 0) + 1;
    if (answer === 'grpc 0' || answer === 'http 200') counts.accepted++;
    else if (answer === 'none') counts.unanswered++;
    else counts.refused++;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

process.on('message', (message) => {
  switch (message.kind) {
    case 'start':
      ports = message.ports;
      running = true;
      if (ports.grpc) void go(grpc);
      if (ports.http) void go(overHttp);
      process.send({});
      break;
    case 'reset':
      counts = fresh();
      process.send({});
      break;
    case 'report':
      process.send(counts);
      break;
    case 'stop':
      running = false;
      process.send(counts);
  }
});
