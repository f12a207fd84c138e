// Work without bound: long fields, passwords, and what else a stranger has matched or hashed.
import http from 'node:http';
import { callGrpc, postHttp, tally } from '../lib/senders.mjs';
import { dialHttp2, exportFields, headers } from '../lib/http2-bytes.mjs';

const user = 'friend:$apr1$Q3mJ1kHr$XnLw6wrMrqmDLAbCoiXjR1';
/** The password is `right`. */
const bcrypt = 'known:$2b$10$0TW9RzYQmQozWFSt2AZM5e2193txxgv8kmFZVAtlvMIM/vCf6/RGm';

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
      extensions: { basicauth: { htpasswd: { inline: `${bcrypt}\n${user}\n` } } },
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
    async run({ ports, small, faults, pause }) {
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
      // Senders that guess again and again, of one address and of many; each guess takes tens of milliseconds.
      const senders = small ? 10 : 150;
      let guessing = true;
      const guesses = Array.from({ length: senders }, async (_, i) => {
        for (let n = 0; guessing; n++) {
          const from = i % 2 === 0 ? '127.0.0.1' : `127.0.1.${i}`;
          const headers = basic(`user${i}`, `guess ${n}`);
          const answer = await postHttp(ports.spare2, '', { headers, agent, from });
          answers.push(answer);
          // The attack is on the hashes: a flood of requests would only keep the two cores of a test machine busy.
          if (answer === 503) await pause(100);
        }
      });
      await pause(small ? 500 : 10_000);
      for (const [who, from] of [
        ['a new peer', '127.0.2.1'],
        ['a known user', '127.0.2.2'],
      ]) {
        const answer = await postHttp(ports.spare2, '', { headers: basic('known', 'right'), from });
        if (answer !== 200) faults.push(`${who} was answered with ${answer}`);
      }
      guessing = false;
      await Promise.all(guesses);
      answers.push(...(await callGrpc(ports.spare, [Buffer.alloc(0)], '', basic('friend', 'p'.repeat(40_000)))));
      agent.destroy();
      return JSON.stringify(tally(answers));
    },
  },
];
