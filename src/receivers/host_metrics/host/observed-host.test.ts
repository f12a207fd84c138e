import { rmSync } from 'node:fs';
import type { StatsFs } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { heldWorld } from '../../../../test/support/held-world.js';
import { HostTree, processFiles, quietHost } from '../../../../test/support/host-tree.js';
import { Cancellation } from '../../../component/cancellation.js';
import type { Scrape } from '../../../intake/scrape/scraper.js';
import { conventionsOf } from '../metrics/conventions.js';
import { processScraper } from '../scrapers/process/process.js';
import { HostPaths } from './host-paths.js';
import { ObservedHost } from './observed-host.js';
import { SpaceOfMounts } from './space-of-mounts.js';

let tree: HostTree;
beforeEach(() => (tree = new HostTree(quietHost)));
afterEach(() => tree.remove());

const scrape = (): Scrape => ({ signal: new Cancellation(), deadline: undefined });

function observed(): { readonly host: ObservedHost; readonly world: ReturnType<typeof heldWorld> } {
  const world = heldWorld({ signal: 'metrics' });
  return { world, host: new ObservedHost(new HostPaths(tree.root, {}), world.clock) };
}

test('a file is read once per scrape, also one that cannot be read', async () => {
  const { host } = observed();
  const first = scrape();
  host.begin(first);
  const { stat } = host;
  expect(() => host.memory).toThrow('meminfo');
  tree.write({ 'proc/meminfo': 'MemTotal: 1 kB\n', 'proc/stat': 'btime 5\n', ...processFiles(3) });
  const processes = await host.processes;
  host.begin(first);
  expect(host.stat).toBe(stat);
  expect(() => host.memory).toThrow('meminfo');
  expect(await host.processes).toBe(processes);
  host.begin(scrape());
  expect(host.stat).not.toBe(stat);
  expect(host.memory).toEqual({ MemTotal: 1024 });
});

test('the boot time stays what it was', () => {
  const { host } = observed();
  host.begin(scrape());
  expect(host.bootTimeMs).toBe(1_700_000_000_000);
  tree.write({ 'proc/stat': 'btime 5\n' });
  host.begin(scrape());
  expect(host.bootTimeMs).toBe(1_700_000_000_000);
});

test('a process that ends while it is read is neither reported nor a fault', async () => {
  tree.write({ ...processFiles(3), ...processFiles(4) });
  const { host, world } = observed();
  const parts = {
    host,
    clock: world.clock,
    conventions: conventionsOf(new Set()) ?? 'older',
    gates: new Set<string>(),
    version: '0',
    warn: () => {},
  };
  const scraper = processScraper.open(processScraper.schema.parse({ mute_process_exe_error: true }), parts);
  const now = scrape();
  host.begin(now);
  expect((await host.processes).length).toBe(2);
  rmSync(`${tree.root}/proc/3`, { recursive: true });
  const { batch, missing } = await scraper.scrape(now);
  expect(missing).toBeUndefined();
  expect(batch?.itemCount).toBe(7);
});

test('a scrape that is cancelled leaves nothing behind for the next one', async () => {
  for (let pid = 1; pid <= 40; pid++) tree.write(processFiles(pid));
  const { host, world } = observed();
  const parts = {
    host,
    clock: world.clock,
    conventions: conventionsOf(new Set()) ?? 'older',
    gates: new Set<string>(),
    version: '0',
    warn: () => {},
  };
  const scraper = processScraper.open(processScraper.schema.parse({ mute_process_all_errors: true }), parts);
  const signal = new Cancellation();
  signal.abort('deadline');
  await expect(scraper.scrape({ signal, deadline: 0 })).rejects.toThrow('context deadline exceeded');
  const { batch } = await scraper.scrape(scrape());
  expect(batch?.itemCount).toBe(40 * 7);
});

test('variables name folders singly, before root_path', () => {
  const paths = new HostPaths('/host/', { HOST_PROC: '/p', HOST_SYS: '' });
  expect([paths.root, paths.proc('stat'), paths.sys('a'), paths.etc('b'), paths.dev('c')]).toEqual([
    '/host',
    '/p/stat',
    '/host/sys/a',
    '/host/etc/b',
    '/host/dev/c',
  ]);
  expect(new HostPaths('/', {}).proc('1')).toBe('/proc/1');
});

test('a file system that does not answer is waited for once, and asked again when it has answered', async () => {
  const { clock } = heldWorld();
  const open = new Map<string, (answer: StatsFs) => void>();
  const asked: string[] = [];
  const space = new SpaceOfMounts(clock, (path) => {
    asked.push(path);
    return new Promise((resolve) => open.set(path, resolve));
  });
  const stuck = async (path: string): Promise<string> => {
    const answer = space.of(path).then(
      () => 'answered',
      (error: unknown) => String(error),
    );
    await clock.pass(5000);
    return answer;
  };
  const answer = { bsize: 1 } as StatsFs;
  expect(await stuck('/a')).toBe('Error: it has not answered within 5 s');
  expect(await stuck('/a')).toBe('Error: it has not answered yet');
  expect(await stuck('/b')).toBe('Error: it has not answered within 5 s');
  // Both threads that it may hold are held.
  expect(await stuck('/c')).toBe('Error: not asked, because other file systems do not answer');
  expect(asked).toEqual(['/a', '/b']);
  open.get('/a')?.(answer);
  await clock.pass(0);
  const again = space.of('/a');
  open.get('/a')?.(answer);
  expect(await again).toBe(answer);
  expect(asked).toEqual(['/a', '/b', '/a']);
});
