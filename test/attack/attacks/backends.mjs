// Backends that lie, hang, flood or are not there.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import { longName, oneSpan } from '../lib/otlp.mjs';
import { postHttp } from '../lib/senders.mjs';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const brief = {
  timeout: '1s',
  retry_on_failure: { initial_interval: '100ms', max_interval: '500ms', max_elapsed_time: '2s' },
};

/** A server on `port` that handles each connection by `handle`; `close` ends all. */
function serve(port, handle) {
  const sockets = new Set();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    handle(socket);
  });
  return new Promise((resolve) =>
    server.listen(port, '127.0.0.1', () =>
      resolve({
        close() {
          for (const socket of sockets) socket.destroy();
          server.close();
        },
      }),
    ),
  );
}

const grpcExporter = (ports, more = {}) => ({
  otlp_grpc: { endpoint: `127.0.0.1:${ports.spare}`, tls: { insecure: true }, ...brief, ...more },
});
const httpExporter = (ports, more = {}) => ({
  otlp_http: { endpoint: `http://127.0.0.1:${ports.spare}`, ...brief, ...more },
});

/** The exporters of an attack, each with a queue and without: one by one, since a name stands once in an attack. */
function against(name, number, exporters, prepare, options = {}) {
  return [
    { way: 'queued', more: {} },
    { way: 'direct', more: { sending_queue: { enabled: false } } },
  ].map(({ way, more }) => ({
    name: `${name}-${way}`,
    number,
    prepare,
    cleanUp: (server) => server.close(),
    config: ({ ports }) => ({ exporters: exporters(ports, more) }),
    // Its backend is the attacker: without a queue its sender hears of it, after the timeout of an attempt.
    shutsOut: way === 'direct',
    // Data that its backend does not take is given up soon.
    start: { args: ['--drain-timeout', '3s'] },
    ...(way === 'direct' ? { mostWaitMs: 4000 } : {}),
    async run({ ports, small }) {
      for (let i = 0; i < (small ? 2 : 5); i++) await postHttp(ports.http, longName(100_000));
      await sleep(small ? 2500 : 6000);
    },
    ...options,
  }));
}

const reply = (text) => (socket) => {
  let seen = '';
  socket.on('data', (chunk) => {
    seen = (seen + chunk.toString('latin1')).slice(-1000);
    socket.write(text);
  });
};

const settings = Buffer.from('000000040000000000', 'hex');

/** A backend that never accepts, whose queue of connections is full: the kernel drops each further SYN. */
async function dropSyns({ ports }) {
  const code = `require('net').createServer().listen({ port: ${ports.spare}, host: '127.0.0.1', backlog: 1 }, () => {
    process.stdout.write('listens');
  });`;
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGSTOP');
  const fillers = Array.from({ length: 8 }, () => net.connect(ports.spare, '127.0.0.1').on('error', () => {}));
  await sleep(200);
  return {
    close() {
      for (const socket of fillers) socket.destroy();
      child.kill('SIGKILL');
    },
  };
}

/** What a gateway may log of one attack, bytes: a message of its backend is cut, and repeated ones are thinned out. */
const mostLogged = 256 * 1024;

function judgeVolume(_log, _before, { outputBytes }) {
  return outputBytes > mostLogged ? [`it has logged ${outputBytes} bytes, at most ${mostLogged} are due`] : [];
}

export const attacks = [
  ...against('silent-grpc', 7, grpcExporter, ({ ports }) => serve(ports.spare, () => {})),
  ...against('settings-only', 7, grpcExporter, ({ ports }) => serve(ports.spare, (socket) => socket.write(settings))),
  ...against('silent-http', 7, httpExporter, ({ ports }) => serve(ports.spare, () => {})),
  ...against('dropped-syns-grpc', 7, grpcExporter, dropSyns),
  ...against('dropped-syns-http', 7, httpExporter, dropSyns),
  ...against('endless-interim', 7, httpExporter, ({ ports }) =>
    serve(ports.spare, (socket) => {
      const flood = Buffer.from('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'.repeat(1000));
      const go = () => {
        while (socket.writable && socket.write(flood));
      };
      socket.once('data', go);
      socket.on('drain', go);
    }),
  ),
  ...against('endless-body', 7, httpExporter, ({ ports }) =>
    serve(ports.spare, (socket) => {
      const go = () => {
        while (socket.writable && socket.write(Buffer.alloc(65_536, 120)));
      };
      socket.once('data', () => {
        socket.write('HTTP/1.1 503 Busy\r\nContent-Type: text/plain\r\n\r\n');
        go();
      });
      socket.on('drain', go);
    }),
  ),
  ...against('long-status-line', 7, httpExporter, ({ ports }) =>
    serve(ports.spare, reply(`HTTP/1.1 200 ${'a'.repeat(1 << 20)}`)),
  ),
  ...against('broken-answers', 7, httpExporter, ({ ports }) =>
    serve(
      ports.spare,
      reply('HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 4\r\n\r\n\xff\xff\xff\xff'),
    ),
  ),
  ...against('redirect', 18, httpExporter, ({ ports }) =>
    serve(
      ports.spare,
      reply(`HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:${ports.spare}//[\r\nContent-Length: 0\r\n\r\n`),
    ),
  ),
  ...against('come-back-in-a-month', 6, httpExporter, ({ ports }) =>
    serve(ports.spare, reply('HTTP/1.1 503 Busy\r\nRetry-After: 2592000\r\nContent-Length: 0\r\n\r\n')),
  ),
  ...against('frames-of-nothing-back', 7, grpcExporter, ({ ports }) =>
    serve(ports.spare, (socket) => {
      const ping = Buffer.from('0000080600000000000000000000000000', 'hex');
      const flood = Buffer.concat(Array.from({ length: 1000 }, () => ping));
      socket.write(settings);
      const go = () => {
        while (socket.writable && socket.write(flood));
      };
      socket.once('data', go);
      socket.on('drain', go);
    }),
  ),
  ...against(
    'long-messages',
    19,
    grpcExporter,
    async ({ ports }) => {
      const server = http2.createServer({ maxHeaderListPairs: 1000 });
      const sessions = new Set();
      server.on('session', (session) => {
        sessions.add(session);
        session.on('error', () => {});
      });
      const message = encodeURIComponent('x\n\x1b[31m'.repeat(8000)).slice(0, 60_000);
      server.on('stream', (stream) => {
        stream.on('error', () => {});
        stream.resume();
        stream.respond(
          { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '14', 'grpc-message': message },
          { endStream: true },
        );
      });
      await new Promise((resolve) => server.listen(ports.spare, '127.0.0.1', resolve));
      return {
        close() {
          for (const session of sessions) session.destroy();
          server.close();
        },
      };
    },
    { judge: judgeVolume },
  ),
  ...against(
    'long-bodies',
    19,
    httpExporter,
    async ({ ports }) => {
      const server = http.createServer((request, response) => {
        request.resume();
        response.writeHead(503, { 'content-type': 'text/plain' }).end('m'.repeat(4 << 20));
      });
      await new Promise((resolve) => server.listen(ports.spare, '127.0.0.1', resolve));
      return {
        close() {
          server.closeAllConnections();
          server.close();
        },
      };
    },
    { judge: judgeVolume },
  ),
  {
    name: 'dead-neighbour',
    number: 20,
    config: ({ ports }) => ({
      receivers: {
        otlp: {
          protocols: { grpc: { endpoint: `127.0.0.1:${ports.grpc}` }, http: { endpoint: `127.0.0.1:${ports.http}` } },
        },
        'otlp/dead': { protocols: { http: { endpoint: `127.0.0.1:${ports.spare2}` } } },
      },
      exporters: {
        otlp_grpc: { endpoint: `127.0.0.1:${ports.sinkGrpc}`, tls: { insecure: true } },
        'otlp_grpc/dead': {
          endpoint: `127.0.0.1:${ports.spare}`,
          tls: { insecure: true },
          sending_queue: { queue_size: 100_000 },
          retry_on_failure: { initial_interval: '200ms', max_interval: '1s', max_elapsed_time: '5s' },
        },
      },
      pipelines: {
        traces: { receivers: ['otlp'], exporters: ['otlp_grpc'] },
        'traces/dead': { receivers: ['otlp/dead'], exporters: ['otlp_grpc/dead'] },
      },
    }),
    async run({ ports, small, faults }) {
      const large = longName(2 ** 20, 0x62);
      for (let i = 0; i < (small ? 40 : 200); i++) await postHttp(ports.spare2, large);
      // One after the other: at once they would be more than all queues may hold, with or without a neighbour.
      const answers = [];
      for (let i = 0; i < 20; i++) answers.push(await postHttp(ports.http, longName(4 * 2 ** 20)));
      const refused = answers.filter((answer) => answer !== 200).length;
      if (refused > 0) faults.push(`${refused} of 20 large requests of a healthy pipeline were refused`);
      return `${refused} of 20 large requests refused`;
    },
  },
  {
    name: 'long-tracestate',
    number: 23,
    config: ({ ports }) => ({
      telemetry: {
        metrics: { level: 'none' },
        traces: {
          propagators: ['tracecontext', 'b3'],
          processors: [
            {
              batch: {
                exporter: { otlp: { protocol: 'http/protobuf', endpoint: `http://127.0.0.1:${ports.sinkHttp}` } },
              },
            },
          ],
        },
      },
    }),
    async run({ ports, small }) {
      const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      const tracestate = Array.from({ length: 30 }, (_, i) => `v${i}=${'s'.repeat(1500)}`).join(',');
      for (let i = 0; i < (small ? 10 : 70); i++)
        await postHttp(ports.http, oneSpan(i), { headers: { traceparent, tracestate } });
    },
  },
];
