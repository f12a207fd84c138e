import { expect, test } from 'vitest';
import { heldWorld } from '../../test/support/held-world.js';
import { StatusBoard } from './status-board.js';

const broken = (message: string) => ({ status: 'recoverable_error', error: new Error(message) }) as const;

test('a change is logged once, and fast changes as the state that they lead to', async () => {
  const { clock, context, lines } = heldWorld();
  const board = new StatusBoard(clock, context.logger, () => {});
  const status = board.add({ kind: 'exporter', id: 'a', pipelines: ['traces'] });
  status.set({ status: 'starting' });
  status.set({ status: 'ok' });
  status.report({ status: 'ok' });
  expect(lines).toEqual([]);
  status.report(broken('down'));
  status.report(broken('down'));
  status.report({ status: 'ok' });
  status.report(broken('down'));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ level: 'warn', fields: { status: 'recoverable_error', error: 'down' } });
  await clock.pass(10_000);
  expect(lines).toHaveLength(1);
  status.report({ status: 'ok' });
  status.report(broken('down'));
  status.report({ status: 'ok' });
  await clock.pass(10_000);
  expect(lines).toHaveLength(2);
  expect(lines[1]).toMatchObject({ level: 'info', fields: { status: 'ok' } });
  status.report(broken('again'));
  status.report({ status: 'ok' });
  board.close();
  await clock.pass(60_000);
  expect(lines).toHaveLength(3);
});

test('what the service does to a component is no line of the status, and events that may not come are ignored', () => {
  const { clock, context, lines } = heldWorld();
  const board = new StatusBoard(clock, context.logger, () => {});
  const status = board.add({ kind: 'extension', id: 'a', pipelines: [] });
  let changes = 0;
  const stop = board.watch(() => changes++);
  status.report({ status: 'ok' });
  expect(board.all()).toEqual([{ kind: 'extension', id: 'a', pipelines: [], state: { status: 'none' } }]);
  for (const event of ['starting', 'ok', 'stopping', 'stopped', 'starting'] as const) status.set({ status: event });
  expect(board.all()[0]?.state.status).toBe('stopped');
  expect(changes).toBe(4);
  stop();
  expect(lines).toEqual([]);
});

test('a fatal error reaches the service, which logs it', () => {
  const { clock, context, lines } = heldWorld();
  const fatal: string[] = [];
  const board = new StatusBoard(clock, context.logger, (error) => fatal.push(error.message));
  const status = board.add({ kind: 'receiver', id: 'a', pipelines: ['logs'] });
  status.set({ status: 'starting' });
  status.report({ status: 'fatal_error', error: new Error('gone') });
  status.report({ status: 'fatal_error', error: new Error('gone again') });
  expect(fatal).toEqual(['gone']);
  expect(lines).toEqual([]);
});
