// A backend that accepts everything over gRPC and HTTP, in a process of its own. It counts how often each text of the
// shape `item-NUMBER;` came over gRPC, and reports that for any message after the first one.
import http from 'node:http';
import http2 from 'node:http2';

let counts = false;
let isListening = false;
const times = new Map();
const grpc = http2.createServer({ settings: { maxConcurrentStreams: 1000 } });
grpc.on('stream', (stream) => {
  const chunks = [];
  stream.on('error', () => {});
  stream.on('data', (chunk) => {
    if (counts) chunks.push(chunk);
  });
  stream.on('end', () => {
    for (const [item] of Buffer.concat(chunks)
      .toString('latin1')
      .matchAll(/item-\d+;/g))
      times.set(item, (times.get(item) ?? 0) + 1);
    if (stream.destroyed) return;
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(Buffer.alloc(5));
  });
});
grpc.on('sessionError', () => {});
const plain = http.createServer((request, response) => {
  request.resume();
  request.on('end', () => response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end());
});

const onStream = grpc.listeners('stream')[0];

/** `hosts`: also listens for gRPC on each of these addresses. `items`: counts as above. */
process.on('message', async ({ ports, hosts = [], items = false }) => {
  if (isListening) return void process.send(Object.fromEntries(times));
  isListening = true;
  counts = items;
  for (const host of hosts) {
    const server = http2.createServer();
    server.on('stream', onStream);
    server.on('sessionError', () => {});
    await new Promise((resolve) => server.listen(ports.grpc, host, resolve));
  }
  await new Promise((resolve) => grpc.listen(ports.grpc, '127.0.0.1', resolve));
  await new Promise((resolve) => plain.listen(ports.http, '127.0.0.1', resolve));
  process.send({});
});
