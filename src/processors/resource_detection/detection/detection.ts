import { every, type Clock, type Random } from '../../../component/clock.js';
import type { Host } from '../../../component/lifecycle.js';
import { heading, table, type Page } from '../../../component/page.js';
import { cutText } from '../../../component/peer-text.js';
import { StatusParts } from '../../../component/status-parts.js';
import type { Logger } from '../../../component/telemetry.js';
import { Attempts, type AttemptOutcome, type RetryTimes } from './attempts.js';
import type { Detector } from './detector.js';
import { isSameResource, merged, nothingDetected, type DetectedResource } from './merge.js';

export interface DetectionOptions {
  readonly id: string;
  readonly detectors: readonly { readonly name: string; readonly detector: Detector }[];
  /** For one attempt of a detector, milliseconds; 0 for no limit. */
  readonly attemptMs: number;
  /** How long the start waits for detectors that fail or are slow, milliseconds; 0 for no limit. */
  readonly startMs: number;
  /** Between two refreshes, milliseconds; 0 for none. */
  readonly refreshMs: number;
  /** The attributes that are wanted; all when empty. */
  readonly only: readonly string[];
  readonly retry: RetryTimes;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  counted(detector: string, outcome: AttemptOutcome): void;
  /** Runs before anything is detected; the attempts begin when it has ended. */
  prepare(): Promise<void>;
  /** Runs at the start; what it returns runs when nobody uses the detection any more. */
  opened(detection: Detection): () => Promise<void>;
}

/** An attempt that ends with the time of the start has this long to say what it has, milliseconds. */
const graceMs = 100;

/**
 * The detectors of one processor, which all its pipelines share. The start waits until each has found what there is,
 * for as long as it may. After that data passes without the attributes of those that have not; they go on in the
 * background, and their attributes are set once they are known.
 */
export class Detection {
  readonly #options: DetectionOptions;
  readonly #attempts: readonly Attempts[];
  readonly #status: StatusParts = new StatusParts();
  #resource: DetectedResource = nothingDetected;
  #users = 0;
  #started: Promise<void> | undefined;
  #release: (() => void) | undefined;
  #isStarting = true;
  #cancelStart: () => void = () => {};
  #cancelRefresh: () => void = () => {};
  #close: (() => Promise<void>) | undefined;

  constructor(options: DetectionOptions) {
    const { attemptMs, retry, clock, random, logger, counted } = options;
    this.#options = options;
    this.#attempts = options.detectors.map(
      ({ name, detector }) =>
        new Attempts({
          name,
          detector,
          attemptMs,
          retry,
          clock,
          random,
          logger,
          changed: () => this.#changed(),
          counted: (outcome) => counted(name, outcome),
        }),
    );
  }

  /** The resource as found so far. */
  get resource(): DetectedResource {
    return this.#resource;
  }

  /** Begins, for the first pipeline, and waits until data may pass. */
  start(host: Host): Promise<void> {
    this.#users++;
    this.#status.attach((event) => host.report(event));
    return (this.#started ??= this.#start(host));
  }

  /** One pipeline less uses it; the last one ends it. */
  async stop(): Promise<void> {
    if (--this.#users > 0) return;
    this.#isStarting = false;
    this.#cancelStart();
    this.#cancelRefresh();
    for (const each of this.#attempts) each.stop();
    this.#release?.();
    const close = this.#close;
    this.#close = undefined;
    await close?.();
  }

  #page(): Page {
    return {
      path: `processor/${this.#options.id}/detection`,
      title: `Resource detection: ${this.#options.id}`,
      about: 'the detectors and what they have found',
      content: () => ({
        blocks: [
          table(['Detector', 'State', 'Attributes', 'Error'], this.#attempts.map(rowOf)),
          heading('Attributes'),
          table(
            ['Name', 'Value'],
            [...this.#resource.attributes].map(([name, value]) => [name, JSON.stringify(value)]),
          ),
          { kind: 'text', text: `Schema URL: ${this.#resource.schemaUrl || 'none'}` },
        ],
      }),
    };
  }

  #start(host: Host): Promise<void> {
    const { clock, logger, startMs, refreshMs } = this.#options;
    const close = this.#options.opened(this);
    const removePage = host.addPage(this.#page());
    this.#close = () => {
      removePage();
      return close();
    };
    logger.info('began detecting resource information');
    const started = new Promise<void>((resolve) => {
      this.#release = resolve;
    });
    const begin = (): void => {
      for (const each of this.#attempts) each.begin();
    };
    const prepared = (): void => {
      // It may have been stopped meanwhile.
      if (this.#close === undefined) return;
      if (startMs > 0) this.#cancelStart = clock.after(startMs + graceMs, () => this.#go());
      if (refreshMs > 0) this.#cancelRefresh = every(clock, refreshMs, begin);
      begin();
    };
    this.#options.prepare().then(prepared, prepared);
    return started;
  }

  #changed(): void {
    if (this.#isStarting) {
      if (this.#attempts.every((each) => each.isSettled)) this.#go();
      return;
    }
    this.#publish();
  }

  /** Lets data pass. */
  #go(): void {
    if (!this.#isStarting) return;
    this.#isStarting = false;
    this.#cancelStart();
    this.#publish();
    const missing = this.#attempts.filter((each) => !each.isSettled || each.fault !== undefined);
    if (missing.length > 0)
      this.#options.logger.warn('Detection is not complete: data passes without what failed detectors would set', {
        detectors: missing.map(({ name }) => name),
      });
    this.#release?.();
  }

  #publish(): void {
    for (const { name, fault } of this.#attempts)
      this.#status.part(name)(fault === undefined ? { status: 'ok' } : { status: 'recoverable_error', error: fault });
    const next = merged(
      this.#attempts.map((each) => each.found),
      this.#options.only,
    );
    if (this.#resource !== nothingDetected && isSameResource(next, this.#resource)) return;
    this.#resource = next;
    this.#options.logger.info('detected resource information', { resource: Object.fromEntries(next.attributes) });
  }
}

function rowOf({ name, state, found, fault }: Attempts): readonly (string | number)[] {
  const count = found?.kind === 'found' ? found.attributes.size : 0;
  const shown = found?.kind === 'absent' && state.kind === 'done' ? `not here: ${found.why}` : state.kind;
  return [name, cutText(shown), count, fault === undefined ? '' : cutText(fault.message)];
}
