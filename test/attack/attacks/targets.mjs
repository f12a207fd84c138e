// Request targets, hosts and bytes that are no HTTP, at every HTTP port.
import { dial } from '../lib/http2-bytes.mjs';

const targets = [
  ...['//', '///', '//[', 'http://[', '//:80', 'http://a:99999/', '*', '', '/%', '/%ff%fe', '/%00', '/..%2f..', '/?%'],
  ...['/debug/tracez?zspanname=%ff', '/debug/tracez?ztype=9e99&zlatencybucket=-1', '/debug//', '/#//', '//host/../'],
  ...['/debug/pipelinez?zpipelinename=__proto__', '/v1/traces?', '/v1/%74races', `/${'a/'.repeat(20_000)}`],
];
const lines = [
  'Host: [',
  'Host: a\r\nHost: b',
  'Content-Length: 99999999999999999999',
  'Content-Length: -1',
  'Transfer-Encoding: chunked\r\nContent-Length: 4',
  'Content-Encoding: \u00e9',
  'Content-Type: ;;;==;charset=\x80',
  'Origin: \u00ff',
  'traceparent: 00-zz-zz-01',
  'Authorization: Basic ====',
  'Expect: 100-continue',
  'Upgrade: h2c\r\nHTTP2-Settings: !!!',
  'Range: bytes=9-1',
  'If-Modified-Since: never',
];

export const attacks = [
  {
    name: 'request-targets',
    number: 1,
    config: ({ ports }) => ({
      extensions: {
        zpages: { endpoint: `127.0.0.1:${ports.zpages}` },
        health_check: { endpoint: `127.0.0.1:${ports.health}` },
        pprof: { endpoint: `127.0.0.1:${ports.spare}` },
      },
      telemetry: {
        metrics: {
          readers: [{ pull: { exporter: { prometheus: { host: '127.0.0.1', port: ports.spare2 } } } }],
        },
      },
    }),
    async run({ ports }) {
      let answered = 0;
      for (const port of [ports.http, ports.zpages, ports.health, ports.spare, ports.spare2]) {
        const requests = [
          ...targets.flatMap((target) =>
            ['GET', 'POST', 'OPTIONS'].map((method) => `${method} ${target} HTTP/1.1\r\nHost: a\r\n\r\n`),
          ),
          ...lines.map((line) => `POST /v1/traces HTTP/1.1\r\nHost: a\r\n${line}\r\n\r\n`),
          'GET / HTTP/9.9\r\n\r\n',
          'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
          '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
          '\0'.repeat(1000),
        ];
        for (let at = 0; at < requests.length; at += 20)
          await Promise.all(
            requests.slice(at, at + 20).map(async (request) => {
              const connection = dial(port, () => {
                answered++;
                connection.socket.end();
              });
              connection.send(Buffer.from(request, 'latin1'));
              await Promise.race([connection.closed, new Promise((resolve) => setTimeout(resolve, 500))]);
              connection.end();
            }),
          );
      }
      return `${answered} answers`;
    },
  },
];
