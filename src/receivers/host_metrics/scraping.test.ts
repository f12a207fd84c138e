import fs from 'node:fs';
import os from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HostScrapes, HostTree, processFiles, quietHost } from '../../../test/support/host-tree.js';

let host: HostTree;
let running: HostScrapes | undefined;
beforeEach(() => {
  host = new HostTree(quietHost);
  running = undefined;
});
afterEach(async () => {
  await running?.stop();
  host.remove();
});

async function scraping(scrapers: object, more: object = {}): Promise<HostScrapes> {
  return (running = await HostScrapes.start({ root_path: host.root, scrapers, ...more }));
}

const named = (points: ReadonlyMap<string, number>, part: string): string[] =>
  [...points.keys()].filter((series) => series.includes(part)).toSorted();

test('mount points are those of the host, read below root_path once', async () => {
  host.write({
    'proc/filesystems': '\text4\n',
    'proc/1/mountinfo':
      '27 1 8:1 / / rw - ext4 /dev/sda1 rw\n28 1 8:2 / /boot rw - ext4 /dev/sda2 rw\n' +
      '29 1 8:3 / /hostfs/x ro - ext4 /dev/sda3 rw\n',
    'boot/': '',
    'hostfs/x/': '',
  });
  const scrapes = await scraping({ filesystem: { metrics: { 'system.filesystem.usage': { enabled: false } } } });
  const points = await scrapes.next();
  expect(named(points, 'state=used')).toEqual([
    'system.filesystem.inodes.usage{device=/dev/sda1,mode=rw,mountpoint=/,type=ext4,state=used}',
    'system.filesystem.inodes.usage{device=/dev/sda2,mode=rw,mountpoint=/boot,type=ext4,state=used}',
    'system.filesystem.inodes.usage{device=/dev/sda3,mode=ro,mountpoint=/hostfs/x,type=ext4,state=used}',
  ]);
  expect(scrapes.complaints).toEqual([]);
});

test('where only the own mounts are known, those below root_path are those of the host', async () => {
  host.write({
    'proc/filesystems': '\text4\n',
    'proc/self/mountinfo': ['', '/boot']
      .map((place, i) => `${27 + i} 1 8:${i} / ${host.root}${place} rw - ext4 /dev/sda${i} rw\n`)
      .join(''),
    'boot/': '',
  });
  const scrapes = await scraping({ filesystem: {} });
  const points = await scrapes.next();
  expect(named(points, 'system.filesystem.usage').filter((series) => series.includes('state=free'))).toEqual([
    'system.filesystem.usage{device=/dev/sda0,mode=rw,mountpoint=/,type=ext4,state=free}',
    'system.filesystem.usage{device=/dev/sda1,mode=rw,mountpoint=/boot,type=ext4,state=free}',
  ]);
});

test('HOST_PROC_MOUNTINFO names the list of mounts', async () => {
  host.write({
    'proc/filesystems': '\text4\n',
    'proc/1/mountinfo': 'rubbish\n',
    'lists/mountinfo': '27 1 8:1 / / rw - ext4 /dev/sda1 rw\n',
  });
  process.env['HOST_PROC_MOUNTINFO'] = `${host.root}/lists/mountinfo`;
  try {
    const scrapes = await scraping({ filesystem: {} });
    expect(named(await scrapes.next(), 'mountpoint=/,')).toHaveLength(5);
    expect(scrapes.complaints).toEqual([]);
  } finally {
    delete process.env['HOST_PROC_MOUNTINFO'];
  }
});

test('a process without files of its owner is reported, with what there is', async () => {
  host.write({
    ...processFiles(7),
    'proc/7/io': null,
    'proc/7/statm': null,
    ...processFiles(2, { name: 'kthread' }),
    'proc/2/stat': `2 (kthread) S 0 0 0 0 -1 2129984 ${'0 '.repeat(40)}\n`,
    'proc/2/cmdline': '',
  });
  const scrapes = await scraping({ process: {} });
  const points = await scrapes.next();
  expect(named(points, '7 ')).toEqual([
    '7 process.cpu.time{state=system}',
    '7 process.cpu.time{state=user}',
    '7 process.cpu.time{state=wait}',
  ]);
  expect(points.get('7 process.cpu.time{state=wait}')).toBe(0.25);
  expect(named(points, '2 ').filter((series) => series.startsWith('2 '))).toHaveLength(7);
  // A thread of the kernel has no executable, which is no fault of it.
  expect(scrapes.complaints).toHaveLength(1);
  expect(scrapes.complaints[0]).toMatch(
    /executable of process 7 .*the memory of process 7.*reads and writes of process 7 \(mute_process_io_error/,
  );
});

test('an error that stays is said once, and again when it is another', async () => {
  host.write({ ...processFiles(7), ...processFiles(8), 'proc/7/io': null });
  fs.symlinkSync('/bin/a', `${host.root}/proc/7/exe`);
  fs.symlinkSync('/bin/b', `${host.root}/proc/8/exe`);
  const scrapes = await scraping({ process: {} });
  await scrapes.next();
  await scrapes.next();
  // Another process, the same reason.
  host.write({ 'proc/8/io': null });
  await scrapes.next();
  expect(scrapes.complaints).toHaveLength(1);
  expect(scrapes.world.metrics['otelcol_scraper_errored_metric_points']).toBe(4);
  host.write({ 'proc/8/statm': null });
  await scrapes.next();
  expect(scrapes.complaints).toHaveLength(2);
});

test.each(['io', 'exe', 'all'])('mute_process_%s_errors: not a line', async (what) => {
  host.write({ ...processFiles(7), [`proc/7/${what === 'exe' ? 'none' : 'io'}`]: null });
  if (what === 'io') fs.symlinkSync('/bin/a', `${host.root}/proc/7/exe`);
  const option = what === 'all' ? 'mute_process_all_errors' : `mute_process_${what}_error`;
  const scrapes = await scraping({ process: { [option]: true } });
  expect((await scrapes.next()).size).toBeGreaterThan(0);
  expect(scrapes.complaints).toEqual([]);
});

test('utilization of a process is of the host, and begins anew with another process of its number', async () => {
  const stat = (user: number, start: number): string =>
    `7 (a) S 1 7 7 0 -1 0 0 0 0 0 ${user} 0 ${'0 '.repeat(6)}${start} ${'0 '.repeat(20)}\n`;
  host.write({
    ...processFiles(7),
    'proc/7/stat': stat(100, 5),
    'proc/cpuinfo': 'processor : 0\n\nprocessor : 1\n\nprocessor : 2\n\nprocessor : 3\n',
  });
  const scrapes = await scraping({
    process: { mute_process_all_errors: true, metrics: { 'process.cpu.utilization': { enabled: true } } },
  });
  const series = '7 process.cpu.utilization{state=user}';
  expect((await scrapes.next()).has(series)).toBe(false);
  host.write({ 'proc/7/stat': stat(300, 5) });
  // Two of four seconds that four CPUs have in one.
  expect((await scrapes.next()).get(series)).toBe(0.5);
  host.write({ 'proc/7/stat': stat(300, 6) });
  expect((await scrapes.next()).has(series)).toBe(false);
});

test('names longer than the kernel keeps are those of the command line', async () => {
  host.write({
    ...processFiles(7, { name: 'systemd-resolve' }),
    'proc/7/cmdline': '/lib/systemd/systemd-resolved\0\0--x\0',
    ...processFiles(8, { name: 'kworker/u8:1-ev' }),
    'proc/8/cmdline': '',
  });
  const scrapes = await scraping({
    process: { mute_process_all_errors: true, include: { names: ['systemd-resolved'], match_type: 'strict' } },
  });
  await scrapes.next();
  const [request] = scrapes.requests;
  expect(request).toHaveLength(1);
  const attributes = Object.fromEntries(
    (request?.[0]?.resource?.attributes ?? []).map(({ key, value }) => [key, Object.values(value)[0]]),
  );
  expect(attributes).toMatchObject({
    'process.executable.name': 'systemd-resolved',
    'process.command': '/lib/systemd/systemd-resolved',
    'process.command_line': '/lib/systemd/systemd-resolved --x',
    'process.owner': 'root',
  });
});

test('with thousands of processes the event loop goes on while they are read', async () => {
  const count = 3000;
  const one = processFiles(1);
  for (let pid = 1; pid <= count; pid++)
    host.write(Object.fromEntries(Object.entries(one).map(([name, text]) => [name.replace('/1/', `/${pid}/`), text])));
  const scrapes = await scraping({ process: { mute_process_all_errors: true }, processes: {} });
  let turns = 0;
  let over = false;
  const turn = (): void => {
    turns++;
    if (!over) setImmediate(turn);
  };
  turn();
  const points = await scrapes.next();
  over = true;
  expect(named(points, ' process.memory.usage')).toHaveLength(count);
  expect(points.get('system.processes.count{status=sleeping}')).toBe(count);
  expect(turns).toBeGreaterThan(count / 64);
});

test('counters beyond 2^53 keep their bits, beyond 2^63 they are negative', async () => {
  const most = 2n ** 64n - 1n;
  host.write({
    'proc/diskstats': `8 0 sda ${2n ** 53n + 1n} 0 ${2n ** 50n + 1n} 0 ${most} 0 0 0 0 0 0\n`,
  });
  const scrapes = await scraping({ disk: {} });
  await scrapes.next();
  const text = JSON.stringify(scrapes.requests);
  for (const value of [2n ** 53n + 1n, (2n ** 50n + 1n) * 512n, -1n]) expect(text).toContain(`"asInt":"${value}"`);
});

test('this host: all scrapers and metrics, and the same numbers as /proc', async () => {
  const { config } = await import('./config.js');
  const { hostScrapers } = await import('./scrapers/all.js');
  const all = Object.fromEntries(
    hostScrapers.map(({ name, table }) => [
      name,
      {
        metrics: Object.fromEntries(
          table.flatMap(({ name: metric, elsewhere }) => (elsewhere ? [] : [[metric, { enabled: true }]])),
        ),
        ...(name === 'process' && { mute_process_all_errors: true }),
      },
    ]),
  );
  expect(config.safeParse({ scrapers: all }).success).toBe(true);
  running = await HostScrapes.start({ scrapers: all });
  const points = await running.next();
  const field = (file: string, pattern: RegExp): number => Number(pattern.exec(fs.readFileSync(file, 'utf8'))?.[1]);
  expect(points.get('system.memory.limit')).toBe(field('/proc/meminfo', /^MemTotal: +(\d+) kB/m) * 1024);
  expect(points.get('system.cpu.logical.count')).toBe(os.cpus().length);
  expect(points.get('system.uptime')).toBeGreaterThan(0);
  const own = `${process.pid} `;
  const resident = points.get(`${own}process.memory.usage`) ?? 0;
  expect(resident / process.memoryUsage.rss()).toBeGreaterThan(0.2);
  expect(points.get(`${own}process.open_file_descriptors`)).toBeGreaterThan(2);
  expect(points.get(`${own}process.threads`)).toBeGreaterThan(1);
  expect(points.get(`${own}process.context_switches{type=voluntary}`)).toBeGreaterThan(0);
  const states = named(points, 'system.processes.count');
  expect(states.length).toBeGreaterThan(1);
});
