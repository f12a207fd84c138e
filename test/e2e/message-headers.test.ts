import { once } from 'node:events';
import http, { type IncomingHttpHeaders } from 'node:http';
import net from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { encodeSpans } from '../support/otlp.js';
import { freePorts, startProgram } from '../support/program.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
/** Each of them broke messages, or ended the process, when it was written. */
const fields = {
  'Content-Length': '-1',
  'transfer-encoding': 'chunked',
  trailer: 'x-sum',
  connection: 'te',
  upgrade: 'h2c',
  'keep-alive': 'timeout=1',
  expect: '100-continue',
  'x-own': 'here',
};

/** Status line, fields and body of the response to a request with one span. */
async function responseOf(port: number): Promise<string> {
  const body = encodeSpans([span]);
  const socket = net.connect(port, '127.0.0.1');
  stops.push(() => socket.destroy());
  const head = ['POST /v1/traces HTTP/1.1', 'Host: a', 'Content-Type: application/x-protobuf', 'Connection: close'];
  socket.write([...head, `Content-Length: ${body.length}`, '', ''].join('\r\n'));
  socket.write(body);
  let text = '';
  socket.on('data', (data) => (text += data.toString('latin1')));
  await once(socket, 'end');
  return text;
}

test('headers that belong to HTTP are left out of responses and requests, with a warning each', async () => {
  const [port = 0] = await freePorts(1);
  const received: IncomingHttpHeaders[] = [];
  const backend = http.createServer((request, response) => {
    received.push(request.headers);
    request.resume().on('end', () => response.end());
  });
  backend.listen(0, '127.0.0.1');
  await once(backend, 'listening');
  stops.push(() => (backend.closeAllConnections(), backend.close()));
  const { port: backendPort } = backend.address() as net.AddressInfo;
  const gateway = await startProgram(`
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:${port}", response_headers: ${JSON.stringify(fields)}}}}}
exporters:
  otlp_http:
    endpoint: "http://127.0.0.1:${backendPort}"
    headers: ${JSON.stringify(fields)}
    sending_queue: {enabled: false}
service:
  telemetry: {metrics: {level: none}}
  pipelines: {traces: {receivers: [otlp], exporters: [otlp_http]}}
`);
  stops.push(() => gateway.stop('SIGKILL'));
  const response = await responseOf(port);
  expect(response).toMatch(/^HTTP\/1.1 200 OK\r\n/);
  expect(response.toLowerCase()).toContain('x-own: here');
  expect(response.toLowerCase()).not.toMatch(/transfer-encoding|trailer|upgrade|keep-alive|expect|: -1/);
  expect(received).toHaveLength(1);
  expect(received[0]).toMatchObject({ 'x-own': 'here', connection: 'keep-alive' });
  for (const name of ['transfer-encoding', 'trailer', 'upgrade', 'keep-alive', 'expect'])
    expect(received[0]).not.toHaveProperty(name);
  for (const name of Object.keys(fields).slice(0, -1))
    expect(gateway.output().match(new RegExp(`the header \\\\?"${name}\\\\?" has no effect`, 'g'))).toHaveLength(2);
  expect(await gateway.stop()).toBe(0);
});
