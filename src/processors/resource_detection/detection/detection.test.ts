import { expect, test } from 'vitest';
import { heldWorld } from '../../../../test/support/held-world.js';
import { hostWith } from '../../../../test/support/host.js';
import type { CancelSignal } from '../../../component/cancellation.js';
import type { PageBlock } from '../../../component/page.js';
import type { AttemptOutcome } from './attempts.js';
import { Detection, type DetectionOptions } from './detection.js';
import { notHere, type Detected } from './detector.js';

const found = (attributes: Record<string, string>, schemaUrl = '', incomplete?: Error): Detected => ({
  kind: 'found',
  attributes: new Map(Object.entries(attributes)),
  schemaUrl,
  incomplete,
});

type Answer = Detected | Error | 'hang';

/** A detector that gives these answers, the last one for ever. */
class Scripted {
  asked = 0;
  readonly #answers: Answer[];

  constructor(...answers: Answer[]) {
    this.#answers = answers;
  }

  async detect(signal: CancelSignal): Promise<Detected> {
    const answer = this.#answers[Math.min(this.asked++, this.#answers.length - 1)] ?? notHere('nothing');
    if (answer === 'hang')
      await new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(new Error(`gave up: ${signal.cancelledBy}`))),
      );
    if (answer instanceof Error) throw answer;
    if (answer === 'hang') throw new Error('unreachable');
    return answer;
  }
}

function detectionOf(
  detectors: Readonly<Record<string, { detect(signal: CancelSignal): Promise<Detected> }>>,
  options: Partial<DetectionOptions> = {},
) {
  const world = heldWorld();
  const reports: string[] = [];
  const outcomes: string[] = [];
  const pages: (() => PageBlock[] | undefined)[] = [];
  let isClosed = false;
  const detection = new Detection({
    id: 'resource_detection',
    detectors: Object.entries(detectors).map(([name, detector]) => ({ name, detector })),
    attemptMs: 5000,
    startMs: 5000,
    refreshMs: 0,
    only: [],
    retry: { enabled: true, initialMs: 1000, multiplier: 2, randomization: 0, longestMs: 4000 },
    clock: world.clock,
    random: () => 0.5,
    logger: world.context.logger,
    counted: (name: string, outcome: AttemptOutcome) =>
      void outcomes.push(`${name} ${outcome.kind}${outcome.kind === 'failure' ? ` ${outcome.errorType}` : ''}`),
    prepare: () => Promise.resolve(),
    opened: () => () => {
      isClosed = true;
      return Promise.resolve();
    },
    ...options,
  });
  const host = {
    ...hostWith({}, {}, reports),
    addPage: (page: { content(query: URLSearchParams): unknown }) => {
      pages.push(() => (page.content(new URLSearchParams()) as { blocks: PageBlock[] }).blocks);
      return () => void pages.pop();
    },
  };
  let isStarted = false;
  const start = (): Promise<void> => detection.start(host).then(() => void (isStarted = true));
  return {
    ...world,
    detection,
    host,
    reports,
    outcomes,
    pages,
    start,
    isStarted: () => isStarted,
    isClosed: () => isClosed,
    attributes: () => Object.fromEntries(detection.resource.attributes),
    said: (level: string) => world.lines.filter((line) => line.level === level).map(({ message }) => message),
  };
}

test('the first detector that has an attribute or a schema URL counts', async () => {
  const made = detectionOf({
    env: new Scripted(found({ a: 'env', x: '1' })),
    gone: new Scripted(notHere('elsewhere', 'schema-1')),
    system: new Scripted(found({ a: 'system', b: 'system' }, 'schema-2')),
  });
  await made.start();
  expect(made.attributes()).toEqual({ a: 'env', x: '1', b: 'system' });
  expect(made.detection.resource.schemaUrl).toBe('schema-1');
  expect(made.said('warn')).toEqual([]);
  expect(made.outcomes).toEqual(['env success', 'gone success', 'system success']);
});

test('the order of the detectors counts, not that of their answers', async () => {
  let settle: (found: Detected) => void = () => {};
  const slow = { detect: () => new Promise<Detected>((resolve) => (settle = resolve)) };
  const made = detectionOf({ slow, quick: new Scripted(found({ a: 'quick' })) });
  const started = made.start();
  await made.clock.pass(1000);
  expect(made.isStarted()).toBe(false);
  settle(found({ a: 'slow' }));
  await started;
  expect(made.attributes()).toEqual({ a: 'slow' });
});

test('only the attributes that are named', async () => {
  const made = detectionOf({ env: new Scripted(found({ a: '1', b: '2' })) }, { only: ['b', 'c'] });
  await made.start();
  expect(made.attributes()).toEqual({ b: '2' });
});

test('a detector that fails is tried again while the start waits', async () => {
  const cloud = new Scripted(new Error('not yet'), new Error('not yet'), found({ a: '1' }));
  const made = detectionOf({ cloud });
  const started = made.start();
  await made.clock.pass(2999);
  expect(made.isStarted()).toBe(false);
  await made.clock.pass(1);
  await started;
  expect(made.attributes()).toEqual({ a: '1' });
  expect(made.reports).toEqual([]);
  expect(made.said('warn')).toEqual(['failed to detect resource, will retry']);
  expect(made.said('info')).toContain('Resource detected after failures');
});

test('the start waits no longer than it may; the rest comes later, and both are said', async () => {
  const cloud = new Scripted(...Array.from({ length: 4 }, () => new Error('no answer')), found({ a: 'cloud' }));
  const made = detectionOf({ cloud, env: new Scripted(found({ a: 'env', b: 'env' })) });
  const started = made.start();
  await made.clock.pass(5100);
  await started;
  expect(made.attributes()).toEqual({ a: 'env', b: 'env' });
  expect(made.reports).toEqual(['recoverable_error: cloud: no answer']);
  expect(made.said('warn')).toContain('Detection is not complete: data passes without what failed detectors would set');
  await made.clock.pass(20_000);
  expect(made.attributes()).toEqual({ a: 'cloud', b: 'env' });
  expect(made.reports).toEqual(['recoverable_error: cloud: no answer', 'ok']);
  expect(cloud.asked).toBe(5);
});

test('pauses grow up to the longest one', async () => {
  const cloud = new Scripted(new Error('down'));
  const made = detectionOf({ cloud });
  void made.start();
  for (const [ms, asked] of [
    [0, 1],
    [999, 1],
    [1, 2],
    [2000, 3],
    [4000, 4],
    [3999, 4],
    [1, 5],
    [4000, 6],
  ] as const) {
    await made.clock.pass(ms);
    expect(cloud.asked).toBe(asked);
  }
});

test('a detector that hangs ends with its time, and is asked again', async () => {
  const cloud = new Scripted('hang', found({ a: '1' }));
  const made = detectionOf({ cloud });
  void made.start();
  await made.clock.pass(5100);
  expect(made.isStarted()).toBe(true);
  expect(made.outcomes).toEqual(['cloud failure Error']);
  await made.clock.pass(1000);
  expect(made.attributes()).toEqual({ a: '1' });
});

test('a detector that does not look at its signal is left behind', async () => {
  const made = detectionOf({ deaf: { detect: () => new Promise<Detected>(() => {}) } });
  void made.start();
  await made.clock.pass(5100);
  expect(made.isStarted()).toBe(true);
  expect(made.reports).toEqual(['recoverable_error: deaf: context deadline exceeded']);
});

test('what a detector has found without all counts, and the rest is asked for again', async () => {
  const cloud = new Scripted(found({ a: '1' }, '', new Error('no tags')), found({ a: '1', tag: '2' }));
  const made = detectionOf({ cloud });
  void made.start();
  await made.clock.pass(900);
  expect(made.isStarted()).toBe(false);
  await made.clock.pass(100);
  expect(made.attributes()).toEqual({ a: '1', tag: '2' });
});

test('without retries one failure is the end, and the start goes on', async () => {
  const cloud = new Scripted(new Error('down'));
  const retry = { enabled: false, initialMs: 1000, multiplier: 2, randomization: 0, longestMs: 4000 };
  const made = detectionOf({ cloud }, { retry });
  await made.start();
  expect(made.reports).toEqual(['recoverable_error: cloud: down']);
  await made.clock.pass(60_000);
  expect(cloud.asked).toBe(1);
});

test('a refresh brings what has changed; one that fails keeps what was found', async () => {
  const cloud = new Scripted(found({ a: '1' }), found({ a: '2' }), new Error('down'), notHere('gone'));
  const made = detectionOf({ cloud }, { refreshMs: 60_000 });
  await made.start();
  expect(made.attributes()).toEqual({ a: '1' });
  await made.clock.pass(60_000);
  expect(made.attributes()).toEqual({ a: '2' });
  await made.clock.pass(60_000);
  expect(made.attributes()).toEqual({ a: '2' });
  expect(made.reports).toEqual(['recoverable_error: cloud: down']);
  await made.clock.pass(1000);
  expect(made.attributes()).toEqual({});
  expect(made.reports.at(-1)).toBe('ok');
});

test('the same again is the same resource', async () => {
  const made = detectionOf({ cloud: new Scripted(found({ a: '1' })) }, { refreshMs: 1000 });
  await made.start();
  const { resource } = made.detection;
  await made.clock.pass(10_000);
  expect(made.detection.resource).toBe(resource);
  expect(made.said('info').filter((line) => line === 'detected resource information')).toHaveLength(1);
});

test('a failure that lasts is logged once', async () => {
  const made = detectionOf({ cloud: new Scripted(new Error('down')) });
  void made.start();
  await made.clock.pass(120_000);
  expect(made.said('warn').filter((line) => line === 'failed to detect resource, will retry')).toHaveLength(1);
});

test('pipelines share one detection, which the last of them ends', async () => {
  const cloud = new Scripted(new Error('down'));
  const made = detectionOf({ cloud });
  void made.start();
  const reports: string[] = [];
  void made.detection.start(hostWith({}, {}, reports));
  await made.clock.pass(5100);
  expect([made.reports, reports]).toEqual([['recoverable_error: cloud: down'], ['recoverable_error: cloud: down']]);
  await made.detection.stop();
  expect(made.isClosed()).toBe(false);
  await made.detection.stop();
  expect(made.isClosed()).toBe(true);
  const { asked } = cloud;
  await made.clock.pass(60_000);
  expect(cloud.asked).toBe(asked);
  expect(made.pages).toEqual([]);
});

test('an end while the start waits ends the wait', async () => {
  const made = detectionOf({ cloud: new Scripted('hang') }, { startMs: 0, attemptMs: 0 });
  const started = made.start();
  await made.clock.pass(1_000_000);
  expect(made.isStarted()).toBe(false);
  await made.detection.stop();
  await started;
  expect(made.isClosed()).toBe(true);
});

test('a page shows the detectors and what they have found', async () => {
  const made = detectionOf({ env: new Scripted(found({ a: '1' })), cloud: new Scripted(notHere('no server')) });
  await made.start();
  expect(made.pages[0]?.()).toMatchObject([
    {
      rows: [
        ['env', 'done', 1, ''],
        ['cloud', 'not here: no server', 0, ''],
      ],
    },
    { kind: 'heading' },
    { rows: [['a', '"1"']] },
    { text: 'Schema URL: none' },
  ]);
});
