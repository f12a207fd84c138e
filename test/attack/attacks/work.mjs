// Work without bound: long fields, passwords, and what else a stranger has matched or hashed.
import http from 'node:http';
import { callGrpc, postHttp, tally } from '../lib/senders.mjs';
import { dialHttp2, exportFields, headers } from '../lib/http2-bytes.mjs';

const user = 'friend:$apr1$Q3mJ1kHr$XnLw6wrMrqmDLAbCoiXjR1';
const bcrypt = 'known:$2b$10$abcdefghijklmnopqrstuuPGGBBCyOPO1Q6KA3LcQkMJr1PCHJ8cW';

export const attacks = [
  {
    name: 'long-content-types',
    number: 2,
    async run({ ports, small }) {
      const count = small ? 4 : 30;
      const answers = [];
      for (const length of [64_000, 256_000, 1_000_000])
        for (const type of [
          `application/json${' '.repeat(length)}x`,
          `application/x-protobuf;${'a=b;'.repeat(length / 4)}`,
          'a/'.repeat(length / 2),
        ])
          answers.push(
            ...(await Promise.all(
              Array.from({ length: count }, () => postHttp(ports.http, '{}', { headers: { 'content-type': type } })),
            )),
          );
      for (let i = 0; i < count; i++) {
        const connection = dialHttp2(ports.grpc);
        connection.send(
          headers(1, exportFields(['grpc-encoding', `gzip${' '.repeat(60_000)}`]), true),
          headers(3, exportFields(['grpc-timeout', `${'9'.repeat(60_000)}S`]), true),
        );
        await connection.opened;
        setTimeout(() => connection.end(), 300);
      }
      return JSON.stringify(tally(answers));
    },
  },
  {
    name: 'passwords',
    number: 2,
    config: ({ ports }) => ({
      extensions: { basicauth: { htpasswd: { inline: `${user}\n${bcrypt}\n` } } },
      receivers: {
        otlp: {
          protocols: {
            grpc: { endpoint: `127.0.0.1:${ports.grpc}` },
            http: { endpoint: `127.0.0.1:${ports.http}` },
          },
        },
        'otlp/guarded': {
          protocols: {
            grpc: { endpoint: `127.0.0.1:${ports.spare}`, auth: { authenticator: 'basicauth' } },
            http: { endpoint: `127.0.0.1:${ports.spare2}`, auth: { authenticator: 'basicauth' } },
          },
        },
      },
    }),
    async run({ ports, small }) {
      const basic = (name, password) => ({
        authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`,
      });
      const agent = new http.Agent({ keepAlive: true });
      const long = 'p'.repeat(700_000);
      const answers = await Promise.all(
        Array.from({ length: small ? 4 : 20 }, () =>
          postHttp(ports.spare2, '', { headers: basic('friend', long), agent }),
        ),
      );
      answers.push(
        ...(await Promise.all(
          Array.from({ length: small ? 10 : 150 }, (_, i) =>
            postHttp(ports.spare2, '', { headers: basic('known', `guess ${i}`), agent }),
          ),
        )),
      );
      answers.push(...(await callGrpc(ports.spare, [Buffer.alloc(0)], '', basic('friend', 'p'.repeat(40_000)))));
      agent.destroy();
      return JSON.stringify(tally(answers));
    },
  },
];
