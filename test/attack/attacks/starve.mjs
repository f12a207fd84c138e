// One peer that takes all of something: streams, connections, declared bodies, descriptors.
import { data, dial, dialHttp2, exportFields, frame, headers, preface } from '../lib/http2-bytes.mjs';

const prefix = (size) => {
  const bytes = Buffer.alloc(6);
  bytes.writeUInt32BE(size, 1);
  return bytes;
};

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Lets the attack stand for a while; the client beside it goes on sending. */
const stand = (small) => sleep(small ? 1500 : 8000);

export const attacks = [
  {
    name: 'declared-streams',
    number: 5,
    async run({ ports, small }) {
      const connection = dialHttp2(ports.grpc);
      for (let i = 0; i < 2100; i++)
        connection.send(headers(2 * i + 1, exportFields()), data(2 * i + 1, prefix(4_000_000)));
      await stand(small);
      connection.end();
    },
  },
  {
    name: 'declared-bodies',
    number: 5,
    async run({ ports, small }) {
      const connections = [];
      for (let i = 0; i < (small ? 200 : 1000); i++) {
        const connection = dial(ports.http);
        connection.send(
          Buffer.from(
            'POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\n' +
              'Content-Length: 20000000\r\n\r\n\n',
          ),
        );
        connections.push(connection);
      }
      await stand(small);
      for (const connection of connections) connection.end();
    },
  },
  {
    name: 'arriving-bodies',
    number: 5,
    async run({ ports, small }) {
      // One connection that really sends half of what it declares, on as many streams as it may.
      const connection = dialHttp2(ports.grpc);
      const piece = Buffer.alloc(16_000);
      const streams = small ? 20 : 400;
      for (let i = 0; i < streams; i++)
        connection.send(headers(2 * i + 1, exportFields()), data(2 * i + 1, prefix(4_000_000)));
      for (let round = 0; round < (small ? 20 : 100); round++) {
        for (let i = 0; i < streams; i++) connection.send(data(2 * i + 1, piece));
        await sleep(20);
      }
      await stand(small);
      connection.end();
    },
  },
  {
    name: 'slow-headers',
    number: 5,
    async run({ ports, small }) {
      const connections = Array.from({ length: small ? 200 : 2000 }, () => dial(ports.http));
      await Promise.all(connections.map(({ opened }) => opened));
      for (const { send } of connections) send(Buffer.from('POST /v1/traces HTTP/1.1\r\nHost: a\r\nX-'));
      for (let i = 0; i < (small ? 3 : 16); i++) {
        await sleep(500);
        for (const { socket } of connections) if (socket.writable) socket.write('a');
      }
      for (const connection of connections) connection.end();
    },
  },
  {
    name: 'slow-header-blocks',
    number: 5,
    async run({ ports, small }) {
      const connections = Array.from({ length: small ? 100 : 1000 }, () => dialHttp2(ports.grpc));
      await Promise.all(connections.map(({ opened }) => opened));
      for (const { send } of connections) send(frame(1, 0, 1, Buffer.from([0x82])));
      await stand(small);
      for (const connection of connections) connection.end();
    },
  },
  {
    name: 'trickles',
    number: 5,
    async run({ ports, small, faults }) {
      const connection = dialHttp2(ports.grpc, undefined);
      let answered = 0;
      connection.socket.on('data', (chunk) => (answered += chunk.length));
      for (let i = 0; i < 50; i++)
        connection.send(headers(2 * i + 1, exportFields(['grpc-timeout', '500m'])), data(2 * i + 1, prefix(1000)));
      await sleep(300);
      const before = answered;
      for (let round = 0; round < 20; round++) {
        await sleep(100);
        for (let i = 0; i < 50; i++) connection.send(data(2 * i + 1, Buffer.from([1])));
      }
      await stand(small);
      if (answered - before < 50 * 9) faults.push('streams that trickle outlived their grpc-timeout');
      connection.end();
    },
  },
  {
    name: 'frames-of-nothing',
    number: 5,
    async run({ ports, small }) {
      const end = Date.now() + (small ? 1000 : 5000);
      while (Date.now() < end) {
        const connections = [
          // Resets, pings, settings, empty DATA, window updates, priorities, continuation without end.
          [...Array(2000).keys()].flatMap((i) => [
            headers(2 * i + 1, exportFields()),
            frame(3, 0, 2 * i + 1, Buffer.alloc(4)),
          ]),
          Array.from({ length: 20_000 }, () => frame(6, 0, 0, Buffer.alloc(8))),
          Array.from({ length: 20_000 }, () => frame(4, 0, 0)),
          [headers(1, exportFields()), ...Array.from({ length: 20_000 }, () => frame(0, 0, 1))],
          Array.from({ length: 20_000 }, () => frame(8, 0, 0, Buffer.from([0, 0, 0, 1]))),
          [frame(1, 0, 1, Buffer.from([0x82])), ...Array.from({ length: 20_000 }, () => frame(9, 0, 1))],
        ].map((frames) => {
          const connection = dialHttp2(ports.grpc);
          connection.send(...frames);
          return connection;
        });
        await sleep(100);
        for (const connection of connections) connection.end();
      }
    },
  },
  {
    name: 'idle-and-churn',
    number: 5,
    async run({ ports, small }) {
      const idle = Array.from({ length: small ? 200 : 2000 }, (_, i) => dial(i % 2 === 0 ? ports.grpc : ports.http));
      await Promise.all(idle.map(({ opened }) => opened));
      for (let i = 0; i < (small ? 200 : 3000); i++) {
        const connection = dial(i % 2 === 0 ? ports.grpc : ports.http);
        connection.send(i % 3 === 0 ? preface : Buffer.from('GE'));
        if (i % 20 === 0) await connection.opened;
        connection.end();
      }
      for (const connection of idle) connection.end();
    },
  },
  {
    name: 'descriptors',
    number: 12,
    start: { shell: 'ulimit -n 256' },
    // Connections that exist go on; new ones find no place, which the client beside it has for its two.
    async run({ ports, small, target, faults }) {
      const connections = Array.from({ length: small ? 300 : 1100 }, (_, i) =>
        dial(i % 2 === 0 ? ports.grpc : ports.http),
      );
      await stand(small);
      if (target.ended) return;
      for (const connection of connections) connection.end();
      for (let i = 0; target.descriptors > 100; i++) {
        if (i > 200) return void faults.push(`still ${target.descriptors} descriptors after the connections were gone`);
        await sleep(50);
      }
    },
  },
];
