import { afterEach, beforeEach, expect, test } from 'vitest';
import { Succession } from '../../component/succession.js';
import { ScrapeTarget } from '../../../test/support/scrape-target.js';
import { about, ofTarget, ScrapeWorld, short } from '../../../test/support/scrape-world.js';

let target: ScrapeTarget;
let other: ScrapeTarget;
beforeEach(async () => {
  [target, other] = [await ScrapeTarget.start('a 1\nb 1\n'), await ScrapeTarget.start('c 1\n')];
});
afterEach(async () => {
  await target.stop();
  await other.stop();
});

test('a reload goes on with the series of targets that stay, and ends those of targets that do not', async () => {
  const succession = new Succession();
  const before = new ScrapeWorld({ succession });
  const jobs = [
    { job_name: 'job', scrape_interval: '10s', static_configs: [{ targets: [target.address] }] },
    { job_name: 'gone', scrape_interval: '10s', static_configs: [{ targets: [other.address] }] },
  ];
  await before.start({ config: { scrape_configs: jobs } });
  await before.pass(1, 2);
  await before.stop();
  expect(before.batches).toHaveLength(2);

  const after = new ScrapeWorld({ succession });
  target.body = 'a 2\nd 1\n';
  const [job] = jobs;
  await after.start({ config: { scrape_configs: [{ ...job, static_configs: [{ targets: [target.address] }] }] } });
  const first = await after.pass(1, 1);
  expect(short(ofTarget(first))).toEqual(['a 2', 'b stale', 'd 1']);
  expect(about(first)['series_added']).toBe(1);
  await after.world.clock.pass(21_000);
  await after.until(() => after.batches.some((points) => short(points).includes('c stale')));
  const ended = after.batches.find((points) => short(points).includes('c stale')) ?? [];
  expect(short(ended)).toContain('up stale');
  expect(ended[0]?.resource['service.name']).toBe('gone');
  await after.stop();
});

test('other rules hold for the series of a target that stays', async () => {
  const succession = new Succession();
  const before = await new ScrapeWorld({ succession }).start(ScrapeWorld.settings(target.address));
  await before.pass(1, 1);
  await before.stop();
  const after = await new ScrapeWorld({ succession }).start(
    ScrapeWorld.settings(target.address, {
      metric_relabel_configs: [{ source_labels: ['__name__'], regex: 'b', action: 'drop' }],
    }),
  );
  expect(short(ofTarget(await after.pass(1, 1)))).toEqual(['a 1', 'b stale']);
  await after.stop();
});

test('nothing is said at the end, and what nobody takes is forgotten', async () => {
  const succession = new Succession();
  const world = await new ScrapeWorld({ succession }).start(ScrapeWorld.settings(target.address));
  await world.pass(1, 1);
  await world.stop();
  expect(world.batches).toHaveLength(1);
  expect(world.world.budget.used).toBeGreaterThan(0);
  await world.world.clock.pass(60_000);
  expect(world.world.budget.used).toBe(0);
  expect(succession.take('receiver prometheus metrics')).toBeUndefined();
});
