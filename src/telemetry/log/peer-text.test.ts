import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { HeldClock } from '../../../test/support/held-world.js';
import { Cancellation } from '../../component/cancellation.js';
import { DeliveryError } from '../../component/delivery-error.js';
import { FaultLog } from '../../component/fault.js';
import type { Logger } from '../../component/telemetry.js';
import { reportPartial } from '../../net/otlp/partial-success.js';
import { StatusBoard } from '../../pipeline/status-board.js';
import { logs } from '../config/logs.js';
import { logBatch } from '../push/log-records.js';
import { Records } from '../push/records.js';
import type { Line } from './console.js';
import { openLog } from './logger.js';

const folder = mkdtempSync(path.join(tmpdir(), 'kanmon-log-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Ends lines, steers a terminal, turns the direction of text, and looks like a line of ours. */
const hostile = `\r\n1970-01-01T00:00:00.000Z\tinfo\tforged \u001b[2J\u009b2J\u202e\u2028\n${'y\n'.repeat(2_000_000)}`;
const steering = ['\u001b', '\u009b', '\u202e', '\u2028', '\r', '\n1970', 'info\tforged'];

interface Opened {
  readonly logger: Logger;
  readonly shipped: Line[];
  /** Closes the log and returns what it wrote. */
  text(): string;
}

let opened = 0;
function open(encoding: string, settings: object = {}): Opened {
  const file = path.join(folder, `${++opened}`);
  const config = logs.parse({ encoding, level: 'debug', output_paths: [file], sampling: null, ...settings });
  const shipped: Line[] = [];
  const log = openLog(config, { 'service.name': 'kanmon' }, new HeldClock(), (line) => void shipped.push(line));
  return {
    logger: log.logger,
    shipped,
    text() {
      log.close();
      return readFileSync(file, 'utf8');
    },
  };
}

const refusal = (message: string): DeliveryError =>
  new DeliveryError(message, { class: 'permanent', reason: 'x', status: { code: 3, message, details: [] } });

const origin = { resource: {}, scope: { name: 'x', version: '' } };
const attempt = { metadata: new Map(), signal: new Cancellation(), deadline: undefined };

/** Each way in which a text of a peer reaches the log: one line. */
const ways: readonly (readonly [name: string, log: (logger: Logger) => unknown])[] = [
  ['a text', (logger) => logger.warn('x', { url: hostile })],
  ['an error', (logger) => logger.error('x', { error: new Error(hostile) })],
  ['an error of a delivery', (logger) => logger.error('x', { error: refusal(hostile) })],
  ['its message', (logger) => logger.info('x', { error: refusal(hostile).message })],
  ['a message that is no constant', (logger) => logger.info(hostile)],
  ['a field of all lines', (logger) => logger.child({ hostile }).info('x')],
  ['something deep', (logger) => logger.info('x', { a: { b: [hostile, new Error(hostile)] } })],
  ['a thousand texts', (logger) => logger.info('x', { list: Array.from({ length: 1000 }, () => hostile) })],
  ['a thousand fields', (logger) => logger.info('x', { ...Array.from({ length: 1000 }, () => hostile) })],
  ['a long list', (logger) => logger.info('x', { backends: Array.from({ length: 1_000_000 }, (_, i) => `10.${i}`) })],
  ['a long list of numbers', (logger) => logger.info('x', { list: Array.from({ length: 1_000_000 }, (_, i) => i) })],
  ['control characters', (logger) => logger.info('x', { text: '\u0000'.repeat(4_000_000) })],
  ['a partial success', (logger) => reportPartial(logger, 'traces', { rejected: 1n, message: hostile }, attempt)],
  [
    'a fault',
    (logger) => {
      const faults = new FaultLog(new HeldClock());
      faults.use(logger);
      faults.add('HTTP request', new TypeError(hostile));
    },
  ],
  [
    'a status',
    (logger) => {
      const board = new StatusBoard(new HeldClock(), logger, () => {});
      const instance = board.add({ kind: 'exporter', id: 'otlp', pipelines: ['traces'] });
      instance.set({ status: 'starting' });
      instance.report({ status: 'recoverable_error', error: new Error(hostile) });
      expect(JSON.stringify(instance.state).length).toBeLessThan(8192);
    },
  ],
  [
    'a destination of own telemetry',
    async (logger) => {
      const records = new Records<Line>(
        { delayMs: 0, timeoutMs: 1000, maxQueue: 10, maxBatch: 10 },
        { send: () => Promise.reject(new Error(hostile)), close: () => Promise.resolve() },
        () => logBatch(origin, []),
        { clock: new HeldClock(), logger },
        'logs',
      );
      records.add({} as Line);
      await records.close(1000);
    },
  ],
];

test.each(['console', 'json'].flatMap((encoding) => ways.map((way) => [encoding, ...way] as const)))(
  '%s: %s of a peer, however long, is one line of bounded length that forges none',
  async (encoding, _name, log) => {
    const { logger, shipped, text } = open(encoding, { disable_stacktrace: true });
    await log(logger);
    const written = text();
    expect(written.length).toBeLessThan(200_000);
    expect(written.trimEnd().split('\n')).toHaveLength(1);
    expect(steering.filter((each) => written.includes(each))).toEqual([]);
    if (encoding === 'json') expect(JSON.parse(written)).toHaveProperty('msg');
    // The same lines leave over OTLP.
    expect(shipped).toHaveLength(1);
    expect(logBatch(origin, shipped).bytes.length).toBeLessThan(200_000);
  },
);

test('what is left out is counted in its place', () => {
  const { logger, text } = open('json');
  const list = Array.from({ length: 100_000 }, () => 'ab');
  logger.info('x', { text: 'a'.repeat(9000), list, later: 1, last: 2 });
  const line = JSON.parse(text()) as { text: string; list: string[]; '...': string };
  expect(line.text).toContain('... (9000 characters) ...');
  expect(line.list.at(-1)).toBe(`... (${100_000 - line.list.length + 1} more)`);
  expect(line['...']).toBe('2 more');
});

test('an error that is cut has its type still', () => {
  const { logger, shipped } = open('console');
  logger.error('x', { error: new TypeError(hostile) });
  const error = shipped[0]?.fields['error'] as Error;
  expect([error instanceof TypeError, error.constructor.name]).toEqual([true, 'TypeError']);
  expect(error.message.length).toBeLessThan(9000);
});

test('the ledger and texts of many lines are whole', () => {
  const rows = Array.from({ length: 5000 }, (_, i) => ({ component: `otlp ${i}`, out: i }));
  const json = open('json');
  json.logger.whole().info('The ledger balances', { ledger: rows });
  expect((JSON.parse(json.text()) as { ledger: unknown }).ledger).toEqual(rows);
  const lines = open('console', { disable_caller: true, disable_zap_resource: true });
  lines.logger.whole().info(`first\n${'second'.repeat(10_000)}\n\tthird`);
  expect(lines.text().split('\n').slice(1)).toEqual(['second'.repeat(10_000), '\\u0009third', '']);
});

test('lines that only differ in the text of a peer are thinned as one', () => {
  const { logger, text } = open('json', { sampling: { initial: 10, thereafter: 100, tick: '10s' } });
  for (let i = 0; i < 1000; i++) reportPartial(logger, 'logs', { rejected: 1n, message: `${i}${hostile}` }, attempt);
  expect(text().trimEnd().split('\n')).toHaveLength(10 + 1 + 9);
});

test("a backend's message of any length is cut, in the error and in its status", () => {
  const error = refusal('m'.repeat(4_000_000));
  expect(error.message.length).toBeLessThan(1100);
  expect(error.status?.message.length).toBeLessThan(1100);
});
