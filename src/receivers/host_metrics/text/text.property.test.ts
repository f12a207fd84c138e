import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Columns } from './columns.js';
import { parseCpuInfo } from './cpu-info.js';
import { diskColumns, parseDiskStats } from './disk-stats.js';
import { parseInterfaceStats } from './interface-stats.js';
import { cpuStates, parseKernelStat } from './kernel-stat.js';
import { parseMemoryInfo } from './memory-info.js';
import { parseMountInfo, parseMounts } from './mounts.js';
import { plus, times } from './proc-number.js';
import { ProcessStat } from './process-stat.js';
import { ProcessStatus } from './process-status.js';
import { parseRpcStats } from './rpc-stats.js';
import { parseSwaps } from './swaps.js';
import { TcpStates } from './tcp-states.js';

const runs = Number(process.env['KANMON_FUZZ_RUNS'] ?? 300);

/** A cursor before the first line of a text, which does not fill its buffer. */
function columnsOf(text: string | Buffer): Columns {
  const bytes = Buffer.concat([Buffer.from(text), Buffer.from('9 9\n9)9')]);
  const columns = new Columns();
  columns.open(bytes, bytes.length - 7);
  return columns;
}

const blanks = fc.stringMatching(/^[ \t]{1,3}$/);
const word = fc.stringMatching(/^[!-~]{1,8}$/);
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

test('columns are what stands between blanks', () => {
  const line = fc.array(fc.tuple(blanks, word), { maxLength: 6 });
  fc.assert(
    fc.property(fc.array(line, { minLength: 1 }), fc.boolean(), (lines, ends) => {
      const text = lines.map((words) => words.map((pair) => pair.join('')).join('')).join('\n') + (ends ? '\n' : '');
      const columns = columnsOf(text);
      const found: string[][] = [];
      while (columns.nextLine()) {
        const words: string[] = [];
        while (columns.nextColumn()) words.push(columns.text());
        found.push(words);
      }
      const whole = text.split('\n');
      if (whole.at(-1) === '') whole.pop();
      const expected = whole.map((each) => each.split(/[ \t]+/).filter((column) => column !== ''));
      expect(found).toEqual(expected);
    }),
    { numRuns: runs },
  );
});

test('a number has the 64 bits that the kernel wrote', () => {
  fc.assert(
    fc.property(uint64, (value) => {
      const columns = columnsOf(`x ${value}`);
      columns.nextLine();
      columns.skip(2);
      expect(BigInt(columns.whole() ?? -1)).toBe(BigInt.asIntN(64, value));
    }),
  );
  for (const text of ['', '-1', '1.5', '0x1', '1e3', '123456789012345678901']) {
    const columns = columnsOf(text);
    columns.nextLine();
    columns.nextColumn();
    expect(columns.whole()).toBeUndefined();
  }
});

test('sums and products of counters have 64 bits', () => {
  const number = (value: bigint): number | bigint => {
    const wrapped = BigInt.asIntN(64, value);
    return Number.isSafeInteger(Number(wrapped)) ? Number(wrapped) : wrapped;
  };
  fc.assert(
    fc.property(uint64, uint64, fc.integer({ min: 1, max: 4096 }), (a, b, factor) => {
      expect(BigInt(plus(number(a), number(b)))).toBe(BigInt.asIntN(64, a + b));
      expect(BigInt(times(number(a), factor))).toBe(BigInt.asIntN(64, BigInt.asIntN(64, a) * BigInt(factor)));
    }),
  );
});

test('/proc/stat', () => {
  const ticks = fc.array(fc.nat(), { minLength: cpuStates.length, maxLength: 10 });
  fc.assert(
    fc.property(fc.array(ticks, { minLength: 1, maxLength: 4 }), fc.nat(), (cpus, boot) => {
      const lines = cpus.map((each, i) => `cpu${i} ${each.join(' ')}`);
      const stat = parseKernelStat(columnsOf(`cpu 1 2 3 4 5 6 7 8\n${lines.join('\n')}\nintr 1 2\nbtime ${boot}\n`));
      expect(stat.cpus).toEqual(cpus.map((_, i) => `cpu${i}`));
      expect(stat.ticks).toEqual(cpus.flatMap((each) => each.slice(0, cpuStates.length)));
      expect(stat.bootTime).toBe(boot);
    }),
  );
});

test('/proc/diskstats', () => {
  const counters = fc.array(fc.nat({ max: 1e9 }), { minLength: 11, maxLength: 17 });
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9-]{0,6}$/), counters), (devices) => {
      const lines = Object.entries(devices).map(([name, each]) => `   8       0 ${name} ${each.join(' ')}`);
      const stats = parseDiskStats(columnsOf(lines.join('\n')));
      const used = Object.entries(devices).filter(([, each]) => each.slice(0, 11).some((value) => value > 0));
      expect(stats.devices).toEqual(used.map(([name]) => name));
      for (const [row, [, each]] of used.entries())
        for (const column of Object.values(diskColumns)) expect(stats.counter(row, column)).toBe(each[column]);
    }),
  );
});

test('/proc/net/dev, whatever an interface is called', () => {
  const counters = fc.array(fc.nat(), { minLength: 16, maxLength: 16 });
  const name = fc.stringMatching(/^[a-z][a-z0-9:.@-]{0,12}$/);
  fc.assert(
    fc.property(fc.array(fc.tuple(name, fc.constantFrom('', ' '), counters), { maxLength: 5 }), (lines) => {
      const text = lines.map(([each, blank, numbers]) => ` ${each}:${blank}${numbers.join(' ')}\n`).join('');
      const stats = parseInterfaceStats(columnsOf(`heading\nheading\n${text}`));
      expect(stats.names).toEqual(lines.map(([each]) => each));
      for (const [row, [, , numbers]] of lines.entries())
        for (let what = 0; what < 4; what++) {
          expect(stats.counter(row, what, 'receive')).toBe(numbers[what]);
          expect(stats.counter(row, what, 'transmit')).toBe(numbers[8 + what]);
        }
    }),
  );
});

test('/proc/PID/stat, whatever a process is called', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 15 }), fc.array(fc.nat(), { minLength: 49, maxLength: 49 }), (name, numbers) => {
      const bytes = Buffer.from(`7 (${name}) S ${numbers.join(' ')}\n`);
      const stat = new ProcessStat();
      expect(stat.read(new Columns(), bytes, bytes.length)).toBe(true);
      const field = (number: number): number => numbers[number - 4] ?? -1;
      expect([stat.parent, stat.minorFaults, stat.majorFaults, stat.user, stat.system, stat.start]).toEqual(
        [4, 10, 12, 14, 15, 22].map(field),
      );
      expect(stat.blockedOnDisk).toBe(field(42));
      expect(stat.state).toBe('S'.charCodeAt(0));
    }),
  );
});

test('mounts: blanks in octal digits, any number of optional fields', () => {
  const place = fc.array(fc.stringMatching(/^[a-zA-Z0-9 \tä\\]{1,5}$/), { minLength: 1, maxLength: 3 });
  const escaped = (text: string): string =>
    text.replaceAll(/[ \t\n\\]/g, (each) => `\\${each.charCodeAt(0).toString(8).padStart(3, '0')}`);
  fc.assert(
    fc.property(
      place,
      fc.array(
        word.filter((each) => each !== '-'),
        { maxLength: 3 },
      ),
      (names, optional) => {
        const mountpoint = `/${names.join('/')}`;
        const line = `36 35 98:0 / ${escaped(mountpoint)} rw,noatime ${optional.join(' ')} - ext3 /dev/root rw\n`;
        expect(parseMountInfo(columnsOf(line))).toEqual([
          { device: '/dev/root', number: '98:0', mountpoint, type: 'ext3', mode: 'rw', isBind: false },
        ]);
        expect(parseMounts(columnsOf(`/dev/root ${escaped(mountpoint)} ext3 ro 0 0`))).toEqual([
          { device: '/dev/root', number: '', mountpoint, type: 'ext3', mode: 'ro', isBind: false },
        ]);
      },
    ),
  );
});

test('connections are counted by their state; sockets that listen at one address are one', () => {
  const states = new TcpStates();
  const columns = columnsOf(
    '  sl  local_address rem_address   st tx_queue\n' +
      '   0: 0100007F:1F90 00000000:0000 0A 0\n' +
      '   1: 0100007F:1F90 00000000:0000 0A 0\n' +
      '   2: 0100007F:1F91 00000000:0000 0A 0\n' +
      '   3: 0100007F:1F90 0100007F:C350 01 0\n' +
      '   4: 0100007F:1F90 0100007F:C351 04 0\n' +
      '   5: 0100007F:1F90 0100007F:C352 0C 0\n' +
      '   6: 0100007F:1F90\n',
  );
  while (columns.nextLine()) states.add(columns);
  expect([...states.counts].filter(([, count]) => count > 0)).toEqual([
    ['ESTABLISHED', 1],
    ['LISTEN', 2],
    ['FIN_WAIT1', 1],
    ['', 1],
  ]);
  expect(states.counts.get('FIN_WAIT_1')).toBe(0);
});

test('/proc/cpuinfo of two sockets, and of an architecture that says less', () => {
  const info = parseCpuInfo(
    columnsOf(
      'processor\t: 0\ncpu MHz\t\t: 1000.250\nphysical id\t: 0\ncpu cores\t: 2\n\n' +
        'processor\t: 3\ncpu MHz\t\t: x\nphysical id\t: 1\ncpu cores\t: 2\n\nprocessor\t: ARMv7 rev 4\n',
    ),
  );
  expect(info).toEqual({ processors: [0, 3], frequencies: [1_000_250_000, undefined], cores: 4 });
});

/** Everything that reads a file of /proc. */
const parsers: readonly ((bytes: Buffer) => unknown)[] = [
  parseKernelStat,
  parseMemoryInfo,
  parseCpuInfo,
  parseDiskStats,
  parseInterfaceStats,
  parseMountInfo,
  parseMounts,
  parseSwaps,
  parseRpcStats,
].map((parse) => (bytes: Buffer) => parse(columnsOf(bytes)));

test('no bytes whatever make a parser fail in any way but with an error that says so', () => {
  const soup = fc.array(
    fc.oneof(
      fc.constantFrom('cpu', 'cpu0', 'MemTotal:', 'btime', ' ', '\n', '\t', ':', '-', ')', '(', 'rchar:', '8 0 sda'),
      fc.nat().map(String),
      fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
    ),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(soup, (parts) => {
      const bytes = Buffer.from(parts.join(''), 'latin1');
      for (const parse of parsers) {
        try {
          parse(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
          expect((error as Error).message).toMatch(/no number|no type/);
        }
      }
      new ProcessStat().read(new Columns(), bytes, bytes.length);
      new ProcessStatus().read(new Columns(), bytes, bytes.length);
    }),
    { numRuns: runs },
  );
});
