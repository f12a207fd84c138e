import { createSocket } from 'node:dgram';
import { afterEach, expect, test } from 'vitest';
import { runLogReceiver, type RunningLogReceiver } from '../../../test/support/log-receiver.js';
import { freePorts, until } from '../../../test/support/program.js';
import { DeliveryError } from '../../component/delivery-error.js';
import { Succession } from '../../component/succession.js';
import { definition } from './index.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

interface Running extends RunningLogReceiver {
  send(packet: string | Buffer): Promise<void>;
}

async function run(options: object = {}, given?: number, succession: Succession = new Succession()): Promise<Running> {
  const [port = 0] = given === undefined ? await freePorts(1) : [given];
  const running = await runLogReceiver(definition, { listen_address: `127.0.0.1:${port}`, ...options }, { succession });
  const client = createSocket('udp4');
  stops.push(
    () => client.close(),
    () => running.stop(),
  );
  const send = (packet: string | Buffer): Promise<void> =>
    new Promise((resolve, reject) => {
      client.send(packet, port, '127.0.0.1', (error) => (error ? reject(error) : resolve()));
    });
  return Object.assign(running, { send });
}

const later = new DeliveryError('queue is full', { class: 'retryable', reason: 'queue_full', local: true });

test('each datagram is a record, without the control bytes at its end and the blanks around it', async () => {
  const running = await run();
  for (const packet of ['one\ntwo\n\0', '  three ', '', '\n', Buffer.from([0xff])]) await running.send(packet);
  await until('the records', () => running.bodies.length === 3);
  expect(running.bodies).toEqual(['one\ntwo', 'three', '\u{fffd}']);
});

test('multiline: a datagram may hold several records', async () => {
  const running = await run({ multiline: { line_end_pattern: ';', omit_pattern: true } });
  await running.send('a;b');
  await running.send('c;');
  await until('the records', () => running.bodies.length === 3);
  expect(running.bodies).toEqual(['a', 'b', 'c']);
});

test('one_log_per_packet keeps blanks; add_attributes has the addresses of both ends', async () => {
  const running = await run({ one_log_per_packet: true, add_attributes: true });
  await running.send(' a b \n');
  await until('the record', () => running.records.length === 1);
  expect(running.records[0]).toMatchObject({
    body: ' a b ',
    attributes: {
      'net.transport': 'IP.UDP',
      'net.peer.ip': '127.0.0.1',
      'net.peer.port': expect.stringMatching(/^\d+$/),
      'net.host.ip': '127.0.0.1',
      'net.host.port': expect.stringMatching(/^\d+$/),
    },
  });
});

test('a datagram that finds no room is dropped, counted and logged once', async () => {
  const running = await run({ async: { processors: 1, max_queue_length: 2 } });
  const go = running.hold();
  await running.send('first');
  await until('a batch under way', () => running.batches === 1);
  const dropped = (): number => running.world.metrics['kanmon_input_dropped_packets'] ?? 0;
  let sent = 0;
  await until('some that were dropped', async () => {
    await running.send(`n${sent++}`);
    return dropped() >= 3;
  });
  go();
  await running.stop();
  // Datagrams that waited have been delivered, and nothing is unaccounted for but what the system still had.
  expect(running.bodies.slice(0, 3)).toEqual(['first', 'n0', 'n1']);
  expect(running.world.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
});

test('what the pipeline refuses is offered again, and lost without retry_on_failure', async () => {
  const plain = await run({ retry_on_failure: { enabled: false } });
  plain.refusal = later;
  await plain.send('a');
  await until('the line of the log', () => plain.world.lines.some(({ level }) => level === 'error'));
  plain.refusal = undefined;
  await plain.send('b');
  await until('the next', () => plain.bodies.length === 1);
  expect([plain.bodies, plain.batches]).toEqual([['b'], 2]);

  const patient = await run({ retry_on_failure: { initial_interval: '1ms', max_interval: '1ms' } });
  patient.refusal = later;
  await patient.send('a');
  await until('some attempts', () => patient.batches >= 3);
  patient.refusal = undefined;
  await until('the record', () => patient.bodies.length === 1);
});

test('at a reload the socket passes to the next receiver, and back to nobody', async () => {
  const [port = 0] = await freePorts(1);
  const succession = new Succession();
  const before = await run({}, port, succession);
  await before.send('a');
  await until('the first', () => before.bodies.length === 1);
  // One that does not stay, as when another component of the configuration does not start.
  const failed = await run({}, port, succession);
  await failed.stop();
  await before.send('b');
  await until('the second', () => before.bodies.length === 2);
  const after = await run({}, port, succession);
  await before.stop();
  await after.send('c');
  await until('the third', () => after.bodies.length === 1);
  expect([before.bodies, failed.bodies, after.bodies]).toEqual([['a', 'b'], [], ['c']]);
  await after.stop();
  // The port is free again.
  const last = await run({}, port);
  await last.send('d');
  await until('the fourth', () => last.bodies.length === 1);
});

test('an address that is taken is an error in the words of Go', async () => {
  const [port = 0] = await freePorts(1);
  await run({}, port);
  await expect(run({}, port)).rejects.toThrow(`listen udp 127.0.0.1:${port}: bind: address already in use`);
});
