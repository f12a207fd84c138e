import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { GrpcService } from '../../src/intake/grpc/service.js';
import { ReceiverEntry } from '../../src/intake/receiver-entry.js';
import { SenderFaults } from '../../src/intake/sender-faults.js';
import { Connection } from '../../src/net/http2/connection.js';
import type { FieldList } from '../../src/net/http2/fields.js';
import { ConnectionError } from '../../src/net/http2/frames.js';
import { HpackDecoder } from '../../src/net/http2/hpack/decoder.js';
import type { Http2Request, RequestBody } from '../../src/net/http2/server.js';
import { HeldClock, heldWorld } from '../support/held-world.js';
import { Answering, Wire } from '../support/http2-wire.js';
import { encodeSpans } from '../support/otlp.js';
import { block, frame, prefaceBytes, uint32 } from '../support/raw-http2.js';
import { clusterEvents } from './cluster-events.js';
import { jsonLines } from './json-lines.js';
import { kubeConfigs } from './kube-configs.js';
import { metadataAnswers } from './metadata-answers.js';
import { times } from './times.js';
import { writtenSeries } from './written-series.js';
import { expositions } from './expositions.js';
import { hostFiles } from './host-files.js';
import { journalLines } from './journal-lines.js';
import { law } from './law.js';
import { lineSplits } from './line-splits.js';
import { operators } from './operators.js';
import { ottl } from './ottl.js';
import { queries } from './queries.js';
import { requestLines } from './request-lines.js';
import { segments } from './segments.js';
import { storedFiles } from './stored-files.js';
import { syslog } from './syslog.js';

/** Something that takes bytes from strangers. */
export interface Target {
  readonly name: string;
  /** Its part of all inputs of a run. */
  readonly share: number;
  readonly seeds: readonly Buffer[];
  /** Answers in a few words what became of the input; throws when a law was broken. */
  run(input: Buffer): string | Promise<string>;
}

/** Writes are gathered until the tick ends. */
const tick = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

async function connect(side: 'server' | 'client', input: Buffer): Promise<string> {
  const wire = new Wire();
  const peer = new Answering(side);
  // Everything a connection asks of a socket is in Duplex, but for the type.
  const socket = wire as unknown as Socket;
  const options = {
    socket,
    clock: new HeldClock(),
    windows: { stream: 4096, connection: 65_535, mostConnection: 65_535 },
    maxStreams: 8,
    announcedMaxStreams: 8,
  };
  const connection = new Connection(options, peer);
  peer.connection = connection;
  // The first byte says how the rest is cut into what a socket brings at once.
  const step = 1 + ((input[0] ?? 0) % 64) * 37;
  for (let at = 1; at < input.length; at += step) {
    wire.emit('data', Buffer.from(input.subarray(at, at + step)));
    await tick();
  }
  law(connection.streams <= 8, 'more streams than allowed');
  law(peer.opened - peer.gone <= connection.streams, 'a stream was forgotten');
  law(peer.bytes <= input.length, 'more content than came');
  law(wire.written <= 4096 + 64 * input.length + 4096 * peer.opened, 'an answer out of proportion');
  connection.destroy('the input is over');
  law(peer.gone === peer.opened, 'a stream did not end');
  law(peer.closes === 1, `the connection ended ${peer.closes} times`);
  law(connection.streams === 0, 'streams are left');
  return `${wire.types.join(' ')} | ${Math.min(3, peer.opened)} ${peer.bytes > 0}`;
}

const request = (end: boolean): Buffer =>
  frame(
    1,
    end ? 5 : 4,
    1,
    block([':method', 'POST', ':scheme', 'http', ':path', '/a', 'te', 'trailers', 'x-long', 'y'.repeat(80)]),
  );

const frameSeeds = [
  Buffer.concat([frame(4, 0, 0), request(true)]),
  Buffer.concat([
    frame(4, 0, 0, Buffer.from([0, 4, 0, 0, 0x40, 0, 0, 5, 0, 0, 0x60, 0])),
    frame(4, 1, 0),
    request(false),
  ]),
  Buffer.concat([
    frame(4, 0, 0),
    request(false),
    frame(0, 0, 1, Buffer.alloc(300)),
    frame(0, 1, 1, Buffer.alloc(5)),
    frame(6, 0, 0, Buffer.alloc(8)),
  ]),
  Buffer.concat([
    frame(4, 0, 0),
    request(true),
    frame(8, 0, 0, uint32(9)),
    frame(8, 0, 1, uint32(0x7fffffff)),
    frame(3, 0, 1, uint32(8)),
  ]),
  Buffer.concat([
    frame(4, 0, 0),
    frame(1, 0, 1, Buffer.from([0x83])),
    frame(9, 4, 1, Buffer.from([0x86, 0x84])),
    frame(7, 0, 0, Buffer.alloc(8)),
  ]),
  Buffer.concat([
    frame(4, 0, 0),
    frame(1, 0x2d, 3, Buffer.concat([Buffer.from([2, 0, 0, 0, 1, 9, 0x83, 0x86, 0x84]), Buffer.alloc(2)])),
    frame(2, 0, 3, Buffer.alloc(5)),
  ]),
];

/** As a server: what a client sends after it has connected, preface and all. */
const serverFrames: Target = {
  name: 'server-frames',
  share: 0.1,
  seeds: frameSeeds.map((seed) => Buffer.concat([Buffer.from([40]), prefaceBytes, seed])),
  run: (input) => connect('server', input),
};

/** As a client: what a server sends. */
const clientFrames: Target = {
  name: 'client-frames',
  share: 0.1,
  seeds: frameSeeds.map((seed) => Buffer.concat([Buffer.from([40]), seed])),
  run: (input) => connect('client', input),
};

/** Header blocks, one after the other through one table; a length byte stands before each. */
const hpack: Target = {
  name: 'hpack',
  share: 0.5,
  seeds: [
    [
      Buffer.from([
        0x82, 0x86, 0x84, 0x41, 0x8c, 0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90, 0xf4, 0xff,
      ]),
      Buffer.from([0x82, 0xbe]),
    ],
    [block(['a', 'b', 'c', 'd'.repeat(100)]), Buffer.from([0x20, 0x3f, 0xe1, 0x1f, 0x82])],
    [Buffer.from([0x40, 0x01, 0x61, 0x01, 0x62, 0xbe]), Buffer.from([0x7f, 0x80, 0x01, 0x01, 0x63])],
  ].map((blocks) => Buffer.concat(blocks.flatMap((one) => [Buffer.from([one.length]), one]))),
  run(input) {
    const decoder = new HpackDecoder(4096);
    let fields = 0;
    let large = 0;
    let blocks = 0;
    for (let at = 0; at < input.length; blocks++) {
      const from = at + 1;
      const to = Math.min(input.length, from + (input[at] ?? 0));
      at = Math.max(to, from);
      try {
        const list = decoder.decode(input, from, to);
        if (list === undefined) large++;
        else {
          fields += list.length / 2;
          law(list.reduce((size, text) => size + text.length, 0) <= 4096, 'a list larger than allowed');
        }
      } catch (error) {
        if (!(error instanceof ConnectionError)) throw error;
        return `${Math.min(blocks, 4)} ${Math.min(fields, 9)} ${Math.min(large, 2)} ${error.message}`;
      }
    }
    return `${Math.min(blocks, 4)} ${Math.min(fields, 9)} ${Math.min(large, 2)}`;
  },
};

const encodings = ['', 'gzip', 'identity', 'snappy', 'br'];
const limit = 2048;

/** The body of one gRPC call; the first byte chooses the encoding and how the body is cut. */
const grpc: Target = {
  name: 'grpc',
  share: 0.3,
  seeds: (() => {
    const message = encodeSpans([{ traceId: '01'.repeat(16), spanId: '02'.repeat(8) }]);
    const framed = (head: number, flag: number, body: Uint8Array): Buffer =>
      Buffer.concat([Buffer.from([head, flag]), uint32(body.length), body]);
    return [
      framed(0, 0, message),
      framed(1, 1, gzipSync(message)),
      framed(1, 1, gzipSync(Buffer.alloc(4000))),
      framed(3, 1, Buffer.from('\xff\x06\x00\x00sNaPpY', 'latin1')),
    ];
  })(),
  async run(input) {
    let held = 0;
    let answers = 0;
    let status = '';
    let body: RequestBody | undefined;
    let read = 0;
    let answered: () => void = () => {};
    const answer = new Promise<void>((resolve) => (answered = resolve));
    const end = (fields: FieldList, trailers?: FieldList): void => {
      answers++;
      const all = [...fields, ...(trailers ?? [])];
      status = all[all.indexOf('grpc-status') + 1] ?? '';
      answered();
    };
    const { context } = heldWorld();
    const entry = new ReceiverEntry(context, {
      consume(batch) {
        law(batch.bytes.length <= limit, 'a message larger than allowed');
        read++;
        return Promise.resolve();
      },
    });
    const service = new GrpcService({
      methods: new Map([['/a/B', entry]]),
      maxMessage: limit,
      includeMetadata: false,
      partial: () => new Uint8Array(),
      authenticator: undefined,
      admission: {
        tryReserve(bytes) {
          law(bytes >= 0, 'less than nothing was taken');
          if (held + bytes > 2 * limit) return false;
          held += bytes;
          return true;
        },
        release(bytes) {
          held -= bytes;
        },
      },
      clock: new HeldClock(),
      faults: new SenderFaults(context, 'grpc'),
      serving: () => true,
      middlewares: [],
      reply: new Uint8Array(),
      watch: undefined,
    });
    const encoding = encodings[(input[0] ?? 0) % encodings.length] ?? '';
    const h2: Http2Request = {
      headers: [
        ':method',
        'POST',
        ':path',
        '/a/B',
        'content-type',
        'application/grpc',
        ...(encoding === '' ? [] : ['grpc-encoding', encoding]),
      ],
      peer: '',
      connection: {},
      receive: (taker) => (body = taker),
      respond: (fields, _body, trailers) => end(fields, trailers),
      respondOnly: (fields) => end(fields),
    };
    service.onRequest(h2);
    const step = 1 + ((input[0] ?? 0) >> 3) * 53;
    for (let at = 1; at < input.length; at += step) body?.onData(input, at, Math.min(input.length, at + step));
    body?.onEnd();
    await answer;
    body?.onGone();
    law(answers === 1, `${answers} answers`);
    law(held === 0, `${held} bytes are still taken`);
    law(read <= 1, 'more than one message was read');
    return `${encoding} ${status} ${read} ${Math.min(3, input.length >> 6)}`;
  },
};

export const targets: readonly Target[] = [
  serverFrames,
  clientFrames,
  hpack,
  grpc,
  expositions,
  ottl,
  hostFiles,
  operators,
  segments,
  syslog,
  clusterEvents,
  journalLines,
  jsonLines,
  kubeConfigs,
  lineSplits,
  metadataAnswers,
  queries,
  requestLines,
  storedFiles,
  times,
  writtenSeries,
];
