import { execFile, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { faultsInUse } from '../../../test/support/faults-in-use.js';
import { runLogReceiver, type RunningLogReceiver } from '../../../test/support/log-receiver.js';
import { freePorts, until } from '../../../test/support/program.js';
import { definition } from './index.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

async function run(options: object): Promise<RunningLogReceiver> {
  const running = await runLogReceiver(definition, options);
  stops.push(() => running.stop());
  return running;
}

const tcp = { tcp: { listen_address: '127.0.0.1:0' } };

async function connect(port: number): Promise<net.Socket> {
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => {});
  stops.push(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

async function bring(running: RunningLogReceiver, bytes: string, records: number): Promise<void> {
  (await connect(running.port)).end(bytes);
  await until('the records', () => running.records.length === records);
}

test('RFC 5424 in lines: attributes, time and severity; what is no message stays a body', async () => {
  const running = await run({ protocol: 'RFC5424', ...tcp });
  const message = '<165>1 2003-10-11T22:14:15.003Z host app 12 ID47 [a@1 x="1"] text';
  await bring(running, `${message}\nno message\n`, 2);
  expect(running.records).toEqual([
    {
      time: '1065910455003000000',
      severity: 10,
      severityText: 'notice',
      body: message,
      resource: {},
      attributes: {
        priority: 165,
        facility: 20,
        facility_text: 'local4',
        version: 1,
        hostname: 'host',
        appname: 'app',
        proc_id: '12',
        msg_id: 'ID47',
        structured_data: { 'a@1': { x: '1' } },
        message: 'text',
      },
    },
    { time: undefined, severity: 0, severityText: '', body: 'no message', resource: {}, attributes: {} },
  ]);
  expect(running.world.lines.find(({ level }) => level === 'error')?.fields).toMatchObject({
    error: 'expecting a priority value within angle brackets [col 0]',
    action: 'send',
  });
});

test('on_error and operators decide about what is no message', async () => {
  const running = await run({
    protocol: 'rfc5424',
    on_error: 'drop',
    operators: [{ type: 'move', from: 'attributes.message', to: 'body' }],
    ...tcp,
  });
  await bring(running, 'no message\n<1>1 - h a - - - x\n<1>1 2003-10-11T22:14:15Z h a - - - y\n', 1);
  expect(running.bodies).toEqual(['y']);
});

test('octet counting: frames in any pieces, with line feeds in them and between them', async () => {
  const running = await run({ protocol: 'rfc5424', enable_octet_counting: true, ...tcp });
  const frame = (text: string): string => {
    const message = `<1>1 2003-10-11T22:14:15Z h a - - - ${text}`;
    return `${Buffer.byteLength(message)} ${message}`;
  };
  const socket = await connect(running.port);
  socket.setNoDelay(true);
  for (const piece of `${frame('a\nb ')}${frame('c')}\n${frame('\u00e9')}no frame\n${frame('d')}`) {
    socket.write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  socket.end();
  await until('the records', () => running.records.length === 5);
  expect(running.records.map(({ attributes }) => attributes['message'])).toEqual([
    'a\nb ',
    'c',
    '\u00e9',
    undefined,
    'd',
  ]);
  expect(running.bodies[3]).toBe('no frame');
});

test('octet counting: of a frame that is longer than allowed the rest is skipped', async () => {
  const running = await run({
    protocol: 'rfc5424',
    enable_octet_counting: true,
    max_octets: 100_000,
    tcp: { listen_address: '127.0.0.1:0', max_log_size: 65_536 },
  });
  const long = `<1>1 2003-10-11T22:14:15Z h a - - - ${'x'.repeat(200_000)}`;
  const short = '<1>1 2003-10-11T22:14:15Z h a - - - y';
  await bring(running, `${long.length} ${long}${short.length} ${short}`, 2);
  expect((running.bodies[0] as string).length).toBe(65_536);
  expect(running.records[1]?.attributes['message']).toBe('y');
});

test('a byte of zeros ends messages', async () => {
  const running = await run({ protocol: 'rfc5424', non_transparent_framing_trailer: 'NUL', ...tcp });
  const message = (text: string): string => `<1>1 2003-10-11T22:14:15Z h a - - - ${text}`;
  await bring(running, `${message('a\nb')}\0${message('c')}\0`, 2);
  expect(running.records.map(({ attributes }) => attributes['message'])).toEqual(['a\nb', 'c']);
});

test('TCP and UDP at once; RFC 3164 in a time zone; protocol none', async () => {
  const [port = 0] = await freePorts(1);
  const running = await run({
    protocol: 'rfc3164',
    location: 'America/New_York',
    udp: { listen_address: `127.0.0.1:${port}` },
    ...tcp,
  });
  await bring(running, '<34>Oct 11 22:14:15 h app: m\n', 1);
  const client = createSocket('udp4');
  stops.push(() => client.close());
  client.send('<34>Oct 11 22:14:15 h app: u', port, '127.0.0.1');
  await until('the datagram', () => running.records.length === 2);
  const at = new Date(Number(running.records[0]?.time) / 1e6);
  expect(at.toISOString()).toMatch(/^\d{4}-10-12T02:14:15.000Z$/);
  expect(at.getTime()).toBeLessThan(Date.now() + 8 * 86_400_000);
  expect(running.records.map(({ attributes }) => attributes['message'])).toEqual(['m', 'u']);

  const bare = await run({ protocol: 'none', ...tcp });
  await bring(bare, '<34>anything\nelse\n', 2);
  expect(bare.records.map(({ severity, attributes }) => [severity, attributes['message']])).toEqual([
    [18, 'anything'],
    [0, 'else'],
  ]);
});

const hasLogger = spawnSync('logger', ['--version']).status === 0;

test.runIf(hasLogger)('logger of bsdutils is understood in both formats, over TCP and UDP, framed or not', async () => {
  const [port = 0] = await freePorts(1);
  const framed = await run({ protocol: 'rfc5424', enable_octet_counting: true, ...tcp });
  const lines = await run({ protocol: 'rfc5424', ...tcp });
  const old = await run({ protocol: 'rfc3164', udp: { listen_address: `127.0.0.1:${port}` } });
  const send = promisify(execFile);
  const common = ['--server', '127.0.0.1', '--priority', 'local3.warning', '--tag', 'kanmon', '--id=42'];
  const toTcp = (to: RunningLogReceiver): string[] => ['--tcp', '--port', String(to.port), '--rfc5424'];
  await send('logger', [...common, ...toTcp(framed), '--octet-count', 'framed text']);
  await send('logger', [...common, ...toTcp(lines), '--sd-id', 'a@1', '--sd-param', 'x="1"', 'text in a line']);
  await send('logger', [...common, '--udp', '--port', String(port), '--rfc3164', 'old text']);
  const all = [framed, lines, old];
  await until('all of them', () => all.every(({ records }) => records.length === 1));
  const now = Date.now();
  for (const [i, { records }] of all.entries()) {
    const [record] = records;
    expect(record).toMatchObject({
      severity: 13,
      severityText: 'warning',
      attributes: {
        facility: 19,
        facility_text: 'local3',
        appname: 'kanmon',
        proc_id: '42',
        message: ['framed text', 'text in a line', 'old text'][i],
      },
    });
    // RFC 3164 has the local time of the sender, here that of this machine, to the second.
    const zone = i === 2 ? new Date().getTimezoneOffset() * 60_000 : 0;
    expect(Math.abs(Number(record?.time) / 1e6 + zone - now)).toBeLessThan(60_000);
  }
  expect(lines.records[0]?.attributes['structured_data']).toMatchObject({ 'a@1': { x: '1' } });
});

test.each([
  [{ protocol: 'rfc5424' }, 'need tcp config or udp config'],
  [{ ...tcp }, "missing field 'protocol'"],
  [{ protocol: '', ...tcp }, "missing field 'protocol'"],
  [{ protocol: 'rfc9999', ...tcp }, 'unsupported protocol version: rfc9999'],
  [{ protocol: 'rfc3164', location: 'Mars/Base', ...tcp }, 'unknown time zone Mars/Base'],
  [{ protocol: 'rfc5424', non_transparent_framing_trailer: 'CR', ...tcp }, "Must be either 'LF' or 'NUL'"],
  [
    { protocol: 'rfc5424', non_transparent_framing_trailer: 'LF', enable_octet_counting: true, ...tcp },
    'only one of octet_counting or non_transparent_framing can be enabled',
  ],
  [
    { protocol: 'rfc5424', enable_octet_counting: true, udp: { listen_address: '127.0.0.1:1' } },
    'octet_counting and non_transparent_framing is not compatible with UDP',
  ],
  [{ protocol: 'rfc5424', tcp: {} }, "missing required parameter 'listen_address'"],
  [{ protocol: 'rfc5424', tcp: { listen_address: 'nowhere' } }, 'missing port in address'],
  [{ protocol: 'rfc5424', tcp: { listen_address: ':1', max_log_size: '1kb' } }, "'max_log_size'"],
])('%j is refused: %s', (options, fault) => {
  expect(faultsOf(options)).toContain(fault);
});

function faultsOf(options: object): string {
  const parsed = definition.config.safeParse(options);
  const faults = parsed.success ? faultsInUse(definition.config, options) : parsed.error.issues;
  return faults.map(({ message }) => message).join('\n');
}
