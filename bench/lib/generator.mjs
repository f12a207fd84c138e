// The clients: sends one payload again and again over a number of connections, at a steady rate, with fresh IDs.
import http from 'node:http';
import http2 from 'node:http2';
import zlib from 'node:zlib';
import { patch, payload } from './payload.mjs';

const tracesPath = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';

function frame(message, compressed) {
  const out = Buffer.allocUnsafeSlow(message.length + 5);
  out[0] = compressed ? 1 : 0;
  out.writeUInt32BE(message.length, 1);
  message.copy(out, 5);
  return out;
}

/** One connection; `send(bytes)` resolves with 'ok' or a word for the refusal. */
function grpcConnection(port, gzip, path) {
  const session = http2.connect(`http://127.0.0.1:${port}`, { settings: { enablePush: false }, maxSessionMemory: 256 });
  session.on('error', () => {});
  const headers = {
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    'user-agent': 'bench',
    ...(gzip ? { 'grpc-encoding': 'gzip' } : {}),
  };
  return {
    send: (bytes) =>
      new Promise((resolve) => {
        if (session.destroyed) return resolve('connection');
        const stream = session.request(headers);
        let status;
        const take = (h) => (status = h['grpc-status'] ?? status);
        stream.on('response', take);
        stream.on('trailers', take);
        stream.on('error', () => {});
        stream.on('close', () =>
          resolve(status === undefined ? 'connection' : status === '0' ? 'ok' : `grpc-${status}`),
        );
        stream.resume();
        stream.end(bytes);
      }),
    close: () => session.destroy(),
  };
}

function httpConnection(port, gzip) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  return {
    send: (bytes) =>
      new Promise((resolve) => {
        const request = http.request(
          {
            port,
            host: '127.0.0.1',
            method: 'POST',
            path: '/v1/traces',
            agent,
            headers: {
              'content-type': 'application/x-protobuf',
              'content-length': bytes.length,
              ...(gzip ? { 'content-encoding': 'gzip' } : {}),
            },
          },
          (response) => {
            response.resume();
            response.on('end', () => resolve(response.statusCode === 200 ? 'ok' : `http-${response.statusCode}`));
            response.on('error', () => resolve('connection'));
          },
        );
        request.on('error', () => resolve('connection'));
        request.end(bytes);
      }),
    close: () => agent.destroy(),
  };
}

/**
 * Sends `requests` requests at `spansPerSecond` (0: as fast as answers come). Compressed payloads cannot be patched, so
 * a few variants are made before the clock starts and sent in turn; `sends` says how often each went out.
 */
async function run(work) {
  const { port, protocol, encoding, shape, connections, inFlight, requests, spansPerSecond, first, open } = work;
  const gzip = encoding === 'gzip';
  const one = payload(shape, work.series);
  const spans = one.shape.spans;
  const path = one.path ?? tracesPath;
  const grpc = protocol === 'grpc';
  const head = grpc ? 5 : 0;
  const variants = [];
  if (gzip) {
    const copy = Buffer.from(one.bytes);
    for (let i = 0; i < Math.min(requests, 24); i++) {
      patch(one, copy, first + i * spans);
      const packed = zlib.gzipSync(copy, { level: 6 });
      variants.push(grpc ? frame(packed, true) : packed);
    }
  }
  const sends = new Uint32Array(gzip ? variants.length : requests);
  const free = [];
  const links = Array.from({ length: connections }, () => (grpc ? grpcConnection : httpConnection)(port, gzip, path));
  const outcomes = {};
  const latencies = [];
  let next = 0;
  const started = performance.now();
  const gap = spansPerSecond > 0 ? (spans / spansPerSecond) * 1000 : 0;

  const once = async (link, index, dueAt) => {
    let bytes;
    if (gzip) {
      bytes = variants[index % variants.length];
      sends[index % variants.length]++;
    } else {
      bytes = free.pop() ?? (grpc ? frame(one.bytes, false) : Buffer.from(one.bytes));
      patch(one, bytes.subarray(head), first + index * spans);
      sends[index]++;
    }
    const outcome = await link.send(bytes);
    latencies.push(performance.now() - dueAt);
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    if (outcome !== 'ok') sends[gzip ? index % variants.length : index]--;
    if (!gzip) free.push(bytes);
  };

  if (open) {
    // Open loop: the next request leaves when it is due, whatever became of those before.
    const pending = new Set();
    while (next < requests) {
      const due = started + next * gap;
      const wait = due - performance.now();
      if (wait > 1) await new Promise((r) => setTimeout(r, wait));
      const index = next++;
      const p = once(links[index % links.length], index, due).finally(() => pending.delete(p));
      pending.add(p);
      if (pending.size >= inFlight * connections) await Promise.race(pending);
    }
    await Promise.all(pending);
  } else {
    const worker = async (link) => {
      while (next < requests) {
        const index = next++;
        const due = started + index * gap;
        const wait = due - performance.now();
        if (wait > 1) await new Promise((r) => setTimeout(r, wait));
        // Paced: latency counts from when the request was due; unpaced: from when it left.
        await once(link, index, gap > 0 ? due : performance.now());
      }
    };
    await Promise.all(links.flatMap((link) => Array.from({ length: inFlight }, () => worker(link))));
  }
  const seconds = (performance.now() - started) / 1000;
  for (const link of links) link.close();
  latencies.sort((a, b) => a - b);
  const at = (q) => latencies[Math.min(latencies.length - 1, Math.floor(q * latencies.length))] ?? 0;
  return { seconds, outcomes, spans, sends: Array.from(sends), latency: { p50: at(0.5), p99: at(0.99), max: at(1) } };
}

process.on('message', async (work) => {
  try {
    process.send({ result: await run(work) });
  } catch (error) {
    process.send({ error: String(error.stack) });
  }
});
process.on('disconnect', () => process.exit(0));
process.send({ ready: true });
