import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Profile } from 'pprof-format';
import { afterEach, expect, test } from 'vitest';
import { HeldClock, heldWorld } from '../../../test/support/held-world.js';
import { hostWith } from '../../../test/support/host.js';
import { freePorts } from '../../../test/support/program.js';
import { definition } from './index.js';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** Shows how many timers were set: that of a profile is set when the profile has begun. */
class CountingClock extends HeldClock {
  timersSet = 0;

  override after(ms: number, run: () => void): () => void {
    this.timersSet++;
    return super.after(ms, run);
  }
}

async function started(
  settings: object = {},
): Promise<{ url: string; clock: CountingClock; stop: () => Promise<void> }> {
  const [port = 0] = await freePorts(1);
  const clock = new CountingClock();
  const context = { ...heldWorld().context, clock };
  const extension = await definition.create(
    definition.config.parse({ endpoint: `127.0.0.1:${port}`, ...settings }),
    context,
  );
  await extension.start?.(hostWith());
  const stop = async (): Promise<void> => extension.shutdown?.(new AbortController().signal);
  open.push(stop);
  return { url: `http://127.0.0.1:${port}/debug/pprof/`, clock, stop };
}

/** Uses an amount of CPU time, however long a crowded machine takes to give it. */
function burnCpu(ms: number): number {
  let x = 0;
  for (const from = process.cpuUsage(); process.cpuUsage(from).user < ms * 1000;) x += Math.sqrt(x + 1);
  return x;
}

function namesIn(profile: Profile): string[] {
  return profile.function.map(({ name }) => profile.stringTable.strings[Number(name)] ?? '');
}

test('a CPU profile reads as pprof and as cpuprofile, and only one is taken at a time', async () => {
  const { url, clock } = await started();
  const begin = async (query: string): Promise<{ end: () => Promise<Response> }> => {
    const set = clock.timersSet;
    const answer = fetch(`${url}profile?${query}`);
    await expect.poll(() => clock.timersSet).toBe(set + 1);
    return { end: () => clock.pass(500).then(() => answer) };
  };
  const first = await begin('seconds=0.5');
  burnCpu(200);
  const busy = await fetch(`${url}profile?seconds=0.5`);
  expect([busy.status, await busy.text()]).toEqual([
    500,
    'Could not enable CPU profiling: cpu profiling already in use\n',
  ]);
  const answer = await first.end();
  const profile = Profile.decode(gunzipSync(Buffer.from(await answer.arrayBuffer())));
  expect(namesIn(profile)).toContain('burnCpu');
  expect(profile.sampleType.map(({ type }) => profile.stringTable.strings[Number(type)])).toEqual(['samples', 'cpu']);
  expect(profile.sample.every(({ locationId }) => locationId.length > 0)).toBe(true);
  const second = await begin('seconds=0.1&format=cpuprofile');
  const chrome = (await (await second.end()).json()) as { nodes: unknown[] };
  expect(chrome.nodes.length).toBeGreaterThan(0);
});

test('a heap profile names the functions that allocated live memory', async () => {
  const { url } = await started();
  const held = Array.from({ length: 200 }, function holdMemory(_none, i) {
    return Array.from({ length: 20_000 }, (_value, at) => at + i);
  });
  const profile = Profile.decode(gunzipSync(Buffer.from(await (await fetch(`${url}heap`)).arrayBuffer())));
  expect(held).toHaveLength(200);
  expect(namesIn(profile)).toContain('holdMemory');
  expect(profile.sample.reduce((sum, { value }) => sum + Number(value[1]), 0)).toBeGreaterThan(1_000_000);
  expect(await (await fetch(`${url}heap?format=heapprofile`)).json()).toHaveProperty('head');
});

test('pages of Go that have no meaning here explain that', async () => {
  const { url } = await started();
  expect(await (await fetch(url)).text()).toContain('heapsnapshot');
  const answer = await fetch(`${url}goroutine`);
  expect([answer.status, await answer.text()]).toEqual([
    404,
    'goroutine profiles are not taken here: use profile or heap\n',
  ]);
  expect((await fetch(`${url}cmdline`)).status).toBe(200);
  expect((await fetch(url.replace('/pprof/', '/other'))).status).toBe(404);
});

test('save_to_file writes a profile of the whole run', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'kanmon-pprof-'));
  const file = path.join(folder, 'cpu.pprof');
  const { stop } = await started({ save_to_file: file });
  burnCpu(100);
  await stop();
  expect(namesIn(Profile.decode(gunzipSync(await readFile(file))))).toContain('burnCpu');
  await rm(folder, { recursive: true });
  await expect(started({ save_to_file: file })).rejects.toThrow('ENOENT');
});

test.each([
  [{ block_profile_fraction: 1 }, 'block_profile_fraction is not supported'],
  [{ mutex_profile_fraction: 5 }, 'mutex_profile_fraction is not supported'],
  [{ endpoint: '' }, 'endpoint'],
])('%j is refused', (settings, words) => {
  expect(() => definition.config.parse(settings)).toThrow(words);
});
