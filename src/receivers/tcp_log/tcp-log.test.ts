import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { HeldClock } from '../../../test/support/held-world.js';
import { runLogReceiver, type RunningLogReceiver } from '../../../test/support/log-receiver.js';
import { freePorts, until } from '../../../test/support/program.js';
import { DeliveryError } from '../../component/delivery-error.js';
import { Succession } from '../../component/succession.js';
import { beginHandover } from '../../net/listening/handover.js';
import { definition } from './index.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

async function run(options: object = {}, more: Parameters<typeof runLogReceiver>[2] = {}): Promise<RunningLogReceiver> {
  const running = await runLogReceiver(definition, { listen_address: '127.0.0.1:0', ...options }, more);
  stops.push(() => running.stop());
  return running;
}

async function connect(port: number): Promise<net.Socket> {
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => {});
  stops.push(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

const later = new DeliveryError('queue is full', { class: 'retryable', reason: 'queue_full', local: true });
const forGood = new DeliveryError('no', { class: 'permanent', reason: 'backend_refused' });

test('lines become records, whatever pieces they come in; the rest of a connection is the last one', async () => {
  const running = await run({ attributes: { a: 'x' }, resource: { r: 'EXPR("y" + body)' } });
  const socket = await connect(running.port);
  socket.write('one\n  two \r\n\n \nthr');
  await until('two lines', () => running.bodies.length === 2);
  socket.end('ee\nfour');
  await until('all lines', () => running.bodies.length === 4);
  expect(running.bodies).toEqual(['one', 'two', 'three', 'four']);
  expect(running.records[2]).toMatchObject({ attributes: { a: 'x' }, resource: { r: 'ythree' }, severity: 0 });
  expect(running.world.budget.used).toBe(0);
});

test('blanks stay where they are wanted, encodings are decoded, and bytes that are no text are replaced', async () => {
  const keeping = await run({ preserve_leading_whitespaces: true, preserve_trailing_whitespaces: true });
  (await connect(keeping.port)).end('  a  \n\u00e9\n');
  const wide = await run({ encoding: 'utf-16le' });
  (await connect(wide.port)).end(Buffer.from('\u00e9\u00df\nb\n', 'utf16le'));
  const broken = await run();
  (await connect(broken.port)).end(Buffer.from([0x61, 0xff, 0x62, 10]));
  await until('the records', () => [keeping, wide, broken].every((one, i) => one.bodies.length === [2, 2, 1][i]));
  expect([keeping.bodies, wide.bodies, broken.bodies]).toEqual([
    ['  a  ', '\u00e9'],
    ['\u00e9\u00df', 'b'],
    ['a\u{fffd}b'],
  ]);
});

test('multiline: a record begins where the pattern matches, also when bytes come one by one', async () => {
  const running = await run({ multiline: { line_start_pattern: '^\\d+ ' } });
  const socket = await connect(running.port);
  socket.setNoDelay(true);
  for (const character of '1 a\n  at b\n2 c\n3 d') {
    socket.write(character);
    await new Promise((resolve) => setImmediate(resolve));
  }
  socket.end();
  await until('the records', () => running.bodies.length === 3);
  expect(running.bodies).toEqual(['1 a\n  at b', '2 c', '3 d']);
});

test('one_log_per_packet and nop: all bytes of a connection are one record, as long as allowed', async () => {
  const whole = await run({ one_log_per_packet: true, max_log_size: 65_536 });
  (await connect(whole.port)).end(` a\nb\n${'x'.repeat(70_000)}`);
  const bytes = await run({ encoding: 'nop' });
  (await connect(bytes.port)).end('a\n\u0001');
  await until('both', () => whole.bodies.length + bytes.bodies.length === 2);
  expect([(whole.bodies[0] as string).length, (whole.bodies[0] as string).slice(0, 6)]).toEqual([65_536, ' a\nb\nx']);
  expect(whole.world.metrics['kanmon_input_cut_records']).toBe(1);
  expect(bytes.bodies).toEqual(['bytes a\n\u0001']);
});

test('a line without an end is divided, and costs no more memory than the longest record', async () => {
  const running = await run({ max_log_size: 65_536 });
  const socket = await connect(running.port);
  for (let i = 0; i < 64; i++) if (!socket.write('x'.repeat(65_536))) await once(socket, 'drain');
  await until('most of it', () => running.bodies.length >= 62);
  expect(running.world.budget.used).toBeLessThanOrEqual(4 * 65_536);
  socket.end('\n');
  await until('all of it', () => running.bodies.join('').length === 64 * 65_536);
});

test('a connection that holds more memory than there is for lines has its line cut, and goes on', async () => {
  const running = await run({}, { budget: 1 << 20 });
  const socket = await connect(running.port);
  socket.end(`${'x'.repeat(300_000)}\nafter\n`);
  await until('the next line', () => running.bodies.includes('after'));
  expect(running.bodies.slice(0, -1).join('')).toBe('x'.repeat(300_000));
  expect(running.bodies.length).toBeGreaterThan(2);
  expect(running.world.metrics['kanmon_input_cut_records']).toBeGreaterThan(0);
  await until('the memory', () => running.world.budget.used === 0);
});

test('senders wait while the pipeline takes nothing, and no line is lost', async () => {
  const running = await run();
  const go = running.hold();
  const socket = await connect(running.port);
  const line = `${'x'.repeat(999)}\n`;
  let sent = 0;
  // Until the windows of the connection are full, on both sides.
  let stalled = false;
  while (!stalled) {
    sent += 1000;
    stalled =
      !socket.write(line.repeat(1000)) &&
      (await Promise.race([once(socket, 'drain').then(() => false), untilStalled(running, socket)]));
  }
  expect(running.batches).toBeLessThanOrEqual(4);
  go();
  socket.end();
  await until('all lines', () => running.bodies.length === sent);
  expect(running.records.every(({ body }) => (body as string).length === 999)).toBe(true);
});

/** True once the receiver has as many batches under way as may be, and reads no more. */
async function untilStalled(running: RunningLogReceiver, socket: net.Socket): Promise<boolean> {
  let before = -1;
  await until('a sender that waits', async () => {
    const same = running.batches === 4 && socket.bytesWritten - socket.writableLength === before;
    before = socket.bytesWritten - socket.writableLength;
    // real time: a sender that can write does so at once.
    await new Promise((resolve) => setTimeout(resolve, 20));
    return same;
  });
  return true;
}

test('what is refused for now is offered again; what is refused for good is lost and logged', async () => {
  const running = await run({ retry_on_failure: { initial_interval: '1ms', max_interval: '2ms' } });
  running.refusal = later;
  const socket = await connect(running.port);
  socket.write('a\n');
  await until('some attempts', () => running.batches >= 3);
  running.refusal = undefined;
  await until('the record', () => running.bodies.length === 1);
  running.refusal = forGood;
  socket.write('b\n');
  await until('the line of the log', () => running.world.lines.some(({ level }) => level === 'error'));
  running.refusal = undefined;
  socket.end('c\n');
  await until('the next record', () => running.bodies.length === 2);
  expect(running.bodies).toEqual(['a', 'c']);
});

test('retry_on_failure gives data up behind max_elapsed_time', async () => {
  const clock = new HeldClock();
  const retry = { enabled: true, initial_interval: '1s', max_interval: '1s', max_elapsed_time: '10s' };
  const running = await run({ retry_on_failure: retry }, { clock });
  running.refusal = later;
  (await connect(running.port)).end('a\n');
  await until('the first attempt', async () => {
    await clock.pass(100);
    return running.batches === 1;
  });
  await clock.pass(60_000);
  expect(running.world.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  expect(running.batches).toBeGreaterThan(5);
  expect(running.batches).toBeLessThan(12);
});

test('connections above max_connections are closed, and silent ones behind connection_idle_timeout', async () => {
  const clock = new HeldClock();
  const running = await run({ max_connections: 1, connection_idle_timeout: '10s' }, { clock });
  const first = await connect(running.port);
  await until('the first one', () => running.world.metrics['otelcol_tcp_input_active_connections'] === 1);
  const second = await connect(running.port);
  await once(second, 'close');
  expect(running.world.metrics['otelcol_tcp_input_refused_connections']).toBe(1);
  first.write('a');
  await until('its byte', () => running.world.budget.used > 0);
  const closed = once(first, 'close');
  await until('the end of the silent one', async () => {
    await clock.pass(10_000);
    return running.world.metrics['otelcol_tcp_input_active_connections'] === 0;
  });
  await closed;
  await clock.pass(100);
  expect(running.bodies).toEqual(['a']);
});

test('add_attributes: the addresses of both ends', async () => {
  const running = await run({ add_attributes: true });
  const socket = await connect(running.port);
  const { localPort } = socket;
  socket.end('a\n');
  await until('the record', () => running.records.length === 1);
  expect(running.records[0]?.attributes).toMatchObject({
    'net.transport': 'IP.TCP',
    'net.peer.ip': '127.0.0.1',
    'net.peer.port': String(localPort),
    'net.host.ip': '127.0.0.1',
    'net.host.port': String(running.port),
    'net.peer.name': expect.any(String),
    'net.host.name': expect.any(String),
  });
});

test('TLS: lines over an encrypted connection; a client that does not speak it is counted', async () => {
  const file = (name: string): string => path.join(import.meta.dirname, '../../../test/support/tls', name);
  const running = await run({
    tls: { cert_file: file('server-a.pem'), key_file: file('server-a.key'), client_ca_file: file('ca-a.pem') },
  });
  const secure = tls.connect({
    port: running.port,
    rejectUnauthorized: false,
    cert: fileText(file('client-a.pem')),
    key: fileText(file('client-a.key')),
  });
  stops.push(() => secure.destroy());
  secure.on('error', () => {});
  await once(secure, 'secureConnect');
  secure.end('secret\n');
  (await connect(running.port)).end('plain\n');
  await until('the record', () => running.bodies.length === 1);
  await until('the fault', () => running.world.metrics['kanmon_receiver_sender_faults'] === 1);
  expect(running.bodies).toEqual(['secret']);
});

function fileText(name: string): Buffer {
  return fs.readFileSync(name);
}

test('at a reload the port and its connections go on, with lines that have begun', async () => {
  const [port = 0] = await freePorts(1);
  const options = { listen_address: `127.0.0.1:${port}` };
  const succession = new Succession();
  const before = await run(options, { succession });
  const socket = await connect(port);
  socket.write('one\ntw');
  await until('the first line', () => before.bodies.length === 1);
  await until('what has begun', () => before.world.budget.used > 0);
  const handover = beginHandover();
  const after = await run({ ...options, attributes: { new: 'yes' } }, { succession });
  handover.commit();
  await before.stop();
  socket.write('o\n');
  (await connect(port)).end('three\n');
  await until('the other lines', () => after.bodies.length === 2);
  expect(before.bodies).toEqual(['one']);
  expect(new Set(after.bodies)).toEqual(new Set(['two', 'three']));
  expect(socket.destroyed).toBe(false);
});

test('at a reload with other options about lines a connection ends with what it has brought', async () => {
  const [port = 0] = await freePorts(1);
  const before = await run({ listen_address: `127.0.0.1:${port}` });
  const socket = await connect(port);
  socket.write('one\ntw');
  await until('the first line', () => before.bodies.length === 1);
  const handover = beginHandover();
  const after = await run({ listen_address: `127.0.0.1:${port}`, encoding: 'latin1' });
  handover.commit();
  const closed = once(socket, 'close');
  await before.stop();
  await closed;
  (await connect(port)).end('three\n');
  await until('the next line', () => after.bodies.length === 1);
  expect([before.bodies, after.bodies]).toEqual([['one', 'tw'], ['three']]);
});

test('a shutdown delivers what was read, and gives up at its deadline what nobody takes', async () => {
  const running = await run({ retry_on_failure: { initial_interval: '1ms' } });
  running.refusal = later;
  const socket = await connect(running.port);
  socket.write('a\n');
  await until('an attempt', () => running.batches > 0);
  running.refusal = undefined;
  await running.stop();
  expect(running.bodies).toEqual(['a']);
  const other = await run();
  other.refusal = later;
  (await connect(other.port)).write('b\n');
  await until('an attempt', () => other.batches === 1);
  await other.stop(AbortSignal.abort());
  expect(other.bodies).toEqual([]);
  expect(other.world.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
});
