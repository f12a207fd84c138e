import { Columns } from '../../src/receivers/host_metrics/text/columns.js';
import { parseCpuInfo } from '../../src/receivers/host_metrics/text/cpu-info.js';
import { parseDiskStats } from '../../src/receivers/host_metrics/text/disk-stats.js';
import { parseInterfaceStats } from '../../src/receivers/host_metrics/text/interface-stats.js';
import { parseKernelStat } from '../../src/receivers/host_metrics/text/kernel-stat.js';
import { parseMemoryInfo } from '../../src/receivers/host_metrics/text/memory-info.js';
import { parseMountInfo, parseMounts } from '../../src/receivers/host_metrics/text/mounts.js';
import { ProcessIo } from '../../src/receivers/host_metrics/text/process-io.js';
import { ProcessStat } from '../../src/receivers/host_metrics/text/process-stat.js';
import { ProcessStatus } from '../../src/receivers/host_metrics/text/process-status.js';
import { parseRpcStats } from '../../src/receivers/host_metrics/text/rpc-stats.js';
import { parseSwaps } from '../../src/receivers/host_metrics/text/swaps.js';
import { TcpStates } from '../../src/receivers/host_metrics/text/tcp-states.js';
import { parseVmStat } from '../../src/receivers/host_metrics/text/vm-stat.js';
import { commandLine } from '../../src/receivers/host_metrics/scrapers/process/command-line.js';
import type { Target } from './targets.js';

const stat = new ProcessStat();
const status = new ProcessStatus();
const io = new ProcessIo();

type Parse = (columns: Columns, bytes: Buffer) => unknown;

/** Everything that reads a file of a host, and a file of that kind. */
const parsers: readonly (readonly [Parse, string])[] = [
  [parseKernelStat, 'cpu  1 2 3 4\ncpu0 1 2 3 4 5 6 7 8 9 0\nintr 5 0\nbtime 1700000000\nprocs_running 3\n'],
  [parseMemoryInfo, 'MemTotal:        8000000 kB\nActive(file): 5 kB\nHugePages_Total:      10\n'],
  [parseCpuInfo, 'processor\t: 0\ncpu MHz\t\t: 2500.125\nphysical id\t: 0\ncpu cores\t: 1\n'],
  [parseDiskStats, '   8       0 sda 100 10 1000 500 200 20 2000 1500 4 1200 2600 5 0\n'],
  [parseInterfaceStats, 'a\nb\n  eth0:9 1 1 2 3 4 5 6 8 5 7 8 9 10 11 12\n'],
  [parseMountInfo, '31 27 8:3 / /mnt/read\\040only ro,relatime shared:1 - vfat /dev/sdc1 rw\n'],
  [parseMounts, '/dev/sdc1 /mnt/read\\040only vfat ro 0 0\n'],
  [parseSwaps, 'Filename Type Size Used Priority\n/dev/sda3 partition 2097148 100000 -2\n'],
  [parseVmStat, 'pgpgin 1001\npswpin 33\n'],
  [parseRpcStats, 'net 18 7 11 3\nth 8 0 0.000\nproc4 2 70 71\n'],
  [(columns, bytes) => stat.read(columns, bytes, bytes.length), '42 (my (odd) name) R 1 42 42 0 -1 4194560 1 2 3\n'],
  [(columns, bytes) => status.read(columns, bytes, bytes.length), 'Name:\ta b\nUid:\t0\t0\nShdPnd:\t0070\n'],
  [(columns, bytes) => io.read(columns, bytes, bytes.length), 'rchar: 11000\nsyscr: 110\n'],
  [
    (columns) => {
      const states = new TcpStates();
      while (columns.nextLine()) states.add(columns);
      return states;
    },
    '   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000\n',
  ],
  [(_columns, bytes) => commandLine(Buffer.from(bytes), bytes.length), '/bin/a\0-c\0\0b\0'],
];

/** Files of /proc. The first byte chooses the kind. */
export const hostFiles: Target = {
  name: 'host-files',
  share: 0.2,
  seeds: parsers.map(([, text], i) => Buffer.concat([Buffer.from([i]), Buffer.from(text)])),
  run(input) {
    const which = (input[0] ?? 0) % parsers.length;
    const bytes = input.subarray(1);
    const columns = new Columns();
    columns.open(bytes, bytes.length);
    const parse = parsers[which]?.[0];
    try {
      parse?.(columns, bytes);
      return `${which} read`;
    } catch (error) {
      if (!(error instanceof Error) || !/no number|no type/.test(error.message)) throw error;
      return `${which} ${error.message.replace(/.*?(no number|no type).*/s, '$1')}`;
    }
  },
};
