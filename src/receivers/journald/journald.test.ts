import { spawnSync } from 'node:child_process';
import { afterEach, expect, test } from 'vitest';
import { FakeJournal } from '../../../test/support/fake-journal.js';
import { faultsInUse } from '../../../test/support/faults-in-use.js';
import { HeldClock, heldWorld } from '../../../test/support/held-world.js';
import { runLogReceiver, type RunningLogReceiver } from '../../../test/support/log-receiver.js';
import { until } from '../../../test/support/program.js';
import { damaging, MemoryStorage } from '../../../test/support/storage.js';
import { DeliveryError } from '../../component/delivery-error.js';
import { faults } from '../../component/fault.js';
import type { Storage } from '../../component/storage.js';
import { Succession } from '../../component/succession.js';
import { journalCommand } from './arguments.js';
import { config } from './config.js';
import { definition } from './index.js';
import { JournalProcess } from './journal-process.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

function fakeJournal(): FakeJournal {
  const journal = new FakeJournal();
  stops.push(() => journal.remove());
  return journal;
}

async function run(
  journal: FakeJournal,
  options: object = {},
  more: Parameters<typeof runLogReceiver>[2] = {},
): Promise<RunningLogReceiver> {
  const running = await runLogReceiver(definition, { journalctl_path: journal.program, ...options }, more);
  stops.push(() => running.stop());
  return running;
}

const later = new DeliveryError('queue is full', { class: 'retryable', reason: 'queue_full', local: true });

const argumentsOf = (options: object, cursor?: string): string =>
  journalCommand(config.parse(options), cursor).args.join(' ');

test('the options become arguments of journalctl', () => {
  expect(argumentsOf({})).toBe('--utc --output=json --follow --lines=0 --priority info');
  expect(argumentsOf({ start_at: 'beginning', priority: 'err..info', all: true, merge: true, dmesg: true })).toBe(
    '--utc --output=json --follow --no-tail --priority err..info --dmesg --all --merge',
  );
  expect(argumentsOf({ units: ['a', 'b'], identifiers: ['c'], grep: 'x y', namespace: 'n', directory: '/j' })).toBe(
    '--utc --output=json --follow --lines=0 --unit a --unit b --identifier c --priority info --grep x y ' +
      '--namespace n --directory /j',
  );
  expect(argumentsOf({ files: ['/a', '/b'], matches: [{ _UID: '1', _COMM: 'x' }, { A: 'b' }] }, 's=1')).toBe(
    '--utc --output=json --follow --no-tail --priority info --file /a --file /b --after-cursor s=1 ' +
      '_COMM=x _UID=1 + A=b',
  );
  expect(journalCommand(config.parse({ root_path: '/host', journalctl_path: '/bin/journalctl' }), undefined)).toEqual({
    program: 'chroot',
    args: ['/host', '/bin/journalctl', '--utc', '--output=json', '--follow', '--lines=0', '--priority', 'info'],
  });
});

test('an entry is a record with its time, and its other fields as the body', async () => {
  const journal = fakeJournal();
  const running = await run(journal, {
    convert_message_bytes: true,
    attributes: { from: 'journal' },
    operators: [{ type: 'severity_parser', parse_from: 'body.PRIORITY', preset: 'none', mapping: { warn: '4' } }],
  });
  journal.add({ MESSAGE: [104, 105, 255], PRIORITY: '4', _PID: '12', LIST: ['a', [1, 2]], NOTHING: null });
  await until('the record', () => running.records.length === 1);
  expect(running.records).toEqual([
    {
      time: '1700000000000001000',
      severity: 13,
      severityText: '4',
      resource: {},
      attributes: { from: 'journal' },
      body: {
        __CURSOR: 's=1;i=1',
        MESSAGE: 'hi\u{fffd}',
        PRIORITY: '4',
        _PID: '12',
        LIST: ['a', [1, 2]],
        NOTHING: undefined,
      },
    },
  ]);
  expect(running.world.lines).toContainEqual(
    expect.objectContaining({ level: 'error', fields: { stderr: 'a word of the program' } }),
  );
});

test('lines that are no entries are counted and left out', async () => {
  const journal = fakeJournal();
  const running = await run(journal);
  journal.addLine('no json');
  journal.addLine('[1]');
  journal.addLine('{"__CURSOR":"x"}');
  journal.addLine('{"__CURSOR":"x","__REALTIME_TIMESTAMP":"1e5"}');
  journal.addLine(`{"deep":${'['.repeat(50_000)}`);
  journal.addLine(`{"long":"${'x'.repeat(3 << 20)}"}`);
  journal.add({ MESSAGE: 'good' });
  await until('the record', () => running.records.length === 1);
  expect(running.world.metrics['kanmon_journald_unreadable_entries']).toBe(6);
});

test('the cursor is stored when entries are delivered, and the next start goes on behind it', async () => {
  const journal = fakeJournal();
  const storage = new MemoryStorage();
  const extensions = { disk: { offers: { storage } } };
  const first = await run(journal, { storage: 'disk' }, { extensions });
  const last = journal.add({ MESSAGE: 'a' }, { MESSAGE: 'b' });
  await until('two records', () => first.records.length === 2);
  first.refusal = later;
  const refused = first.batches;
  journal.add({ MESSAGE: 'c' });
  await until('an attempt that is refused', () => first.batches > refused);
  await first.stop(AbortSignal.abort());
  const client = await storage.open({ kind: 'receiver', id: 'journald', name: '' });
  expect(Buffer.from((await client.get('lastReadCursor')) ?? '').toString()).toBe(last);
  await client.close();

  const second = await run(journal, { storage: 'disk' }, { extensions });
  journal.add({ MESSAGE: 'd' });
  await until('the other two', () => second.records.length === 2);
  expect(second.bodies).toMatchObject([{ MESSAGE: 'c' }, { MESSAGE: 'd' }]);
  expect(journal.calls()[1]?.args).toContain(`--no-tail --priority info --after-cursor ${last}`);
});

test('a cursor that is damaged does not keep the receiver from starting', async () => {
  const journal = fakeJournal();
  const storage = new MemoryStorage();
  const client = await storage.open({ kind: 'receiver', id: 'journald', name: '' });
  await client.set('lastReadCursor', Buffer.from('s=1'));
  await client.close();
  const damaged: Storage = {
    open: async (owner) => damaging(await storage.open(owner), new Set(['lastReadCursor'])),
  };
  const extensions = { disk: { offers: { storage: damaged } } };
  const running = await run(journal, { storage: 'disk' }, { extensions });
  journal.add({ MESSAGE: 'a' });
  await until('the record', () => running.records.length === 1);
  expect(journal.calls()[0]?.args).not.toContain('--after-cursor');
});

test('without storage a reload goes on with the cursor, and so does the next journalctl', async () => {
  const journal = fakeJournal();
  const clock = new HeldClock();
  const succession = new Succession();
  const first = await run(journal, {}, { succession, clock });
  const arrived = async (running: RunningLogReceiver, records: number): Promise<void> =>
    until('the records', async () => {
      await clock.pass(100);
      return running.records.length === records;
    });
  journal.add({ MESSAGE: 'a' });
  await arrived(first, 1);
  process.kill(journal.calls()[0]?.pid ?? 0);
  await until('the end of journalctl', () =>
    first.reports.some((report) => report.includes('journalctl command exited')),
  );
  const cursor = journal.add({ MESSAGE: 'b' });
  await clock.pass(2000);
  await arrived(first, 2);
  await first.stop();
  journal.add({ MESSAGE: 'c' });
  const second = await run(journal, {}, { succession, clock });
  await arrived(second, 1);
  expect([...first.bodies, ...second.bodies]).toMatchObject([{ MESSAGE: 'a' }, { MESSAGE: 'b' }, { MESSAGE: 'c' }]);
  expect(journal.calls()[2]?.args).toContain(`--after-cursor ${cursor}`);
  await until('the recovery', async () => {
    await clock.pass(1000);
    return first.reports.at(-1) === 'ok';
  });
});

test('entries that an operator drops move the cursor, too', async () => {
  const journal = fakeJournal();
  const storage = new MemoryStorage();
  const extensions = { disk: { offers: { storage } } };
  const running = await run(
    journal,
    { storage: 'disk', operators: [{ type: 'filter', expr: 'body.MESSAGE == "x"' }] },
    { extensions },
  );
  const last = journal.add(...Array.from({ length: 100 }, () => ({ MESSAGE: 'x' })));
  const stored = async (): Promise<string> => {
    const after = await storage.afterKill().open({ kind: 'receiver', id: 'journald', name: '' });
    return Buffer.from((await after.get('lastReadCursor')) ?? '').toString();
  };
  await until('the cursor', async () => (await stored()) === last);
  expect(running.batches).toBe(0);
});

test('the journal waits while the pipeline does', async () => {
  const journal = fakeJournal();
  const running = await run(journal);
  const go = running.hold();
  const entries = Array.from({ length: 5000 }, (_, i) => ({ MESSAGE: `${i} ${'x'.repeat(1000)}` }));
  journal.add(...entries);
  await until('a batch under way', () => running.batches === 1);
  go();
  await until('all of them', () => running.records.length === 5000);
  expect(running.batches).toBeGreaterThan(4);
  expect((running.bodies[4999] as { readonly MESSAGE: string }).MESSAGE).toMatch(/^4999 /);
});

test.each(['onBytes', 'onSaid'])('a listener whose %s throws ends journalctl, and not this process', async (name) => {
  const journal = fakeJournal();
  journal.add({ MESSAGE: 'a' });
  const { context, lines } = heldWorld({ signal: 'logs' });
  faults.use(context.logger);
  const listener = { onBytes: (): void => {}, onSaid: (): void => {} };
  const end = await new Promise<Error>((resolve) => {
    const broken = {
      [name]: () => {
        throw new Error('broken by the test');
      },
    };
    const running = new JournalProcess(
      { program: journal.program, args: [] },
      { ...listener, ...broken, onEnd: resolve },
    );
    stops.push(() => running.stop());
  });
  expect(end.message).toBe('journalctl command exited: SIGKILL');
  expect(lines.map(({ fields }) => fields?.['place'])).toEqual([
    name === 'onBytes' ? 'journalctl output' : 'journalctl error',
  ]);
});

test('a program that is not there is a fault of the configuration, and an error that is tried again', async () => {
  const faults = (options: object): string =>
    faultsInUse(config, options)
      .map(({ message }) => message)
      .join();
  expect(faults({ journalctl_path: 'no-such-journalctl' })).toBe(
    'start journalctl: exec: "no-such-journalctl": executable file not found in $PATH',
  );
  expect(faults({ journalctl_path: '/no/journalctl' })).toContain('no such executable file');
  const running = await runLogReceiver(definition, { journalctl_path: '/no/journalctl' });
  stops.push(() => running.stop());
  await until('the report', () => running.reports.some((report) => report.includes('start journalctl')));
});

test.each([
  [{ start_at: 'middle' }, "invalid value 'middle' for parameter 'start_at'"],
  [{ journalctl_path: ' ' }, "'journalctl_path' must be non-whitespace"],
  [{ root_path: 'not/absolute', journalctl_path: '/bin/journalctl' }, "'root_path' must be an absolute path"],
  [{ root_path: '/host' }, "'journalctl_path' must be an absolute path when 'root_path' is set"],
  [{ matches: [{ '-SYSTEMD_UNIT': 'x' }] }, "'-SYSTEMD_UNIT' is not a valid Systemd field name"],
  [{ directory: '/a', files: ['/b'] }, "'files' has no effect beside 'directory'"],
])('%j is refused', (options, fault) => {
  const { error } = config.safeParse(options);
  expect(error?.issues.map(({ message }) => message)).toContain(fault);
});

const hasJournalctl = spawnSync('journalctl', ['--version']).status === 0;

test.runIf(hasJournalctl)('the real journalctl takes the arguments', () => {
  const journal = fakeJournal();
  const id = '0123456789abcdef'.repeat(2);
  const cursor = `s=${id};i=1;b=${id};m=1;t=1;x=1`;
  const said = (priority: string): string => {
    const options = {
      directory: journal.folder,
      units: ['a'],
      identifiers: ['b'],
      matches: [{ _UID: '1' }, { _PID: '2', _COMM: 'x' }],
      priority,
      all: true,
      merge: true,
      start_at: 'beginning',
    };
    const { program, args } = journalCommand(config.parse(options), cursor);
    // There is no journal that it could follow.
    return spawnSync(program, [...args.filter((arg) => arg !== '--follow'), '--quiet'], { encoding: 'utf8' }).stderr;
  };
  expect(said('emerg..debug')).not.toMatch(/nvalid|nrecognized|nknown|ailed to (add|parse)/);
  expect(said('no-priority')).toMatch(/nknown|nvalid/);
});
