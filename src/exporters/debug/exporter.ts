import { createHash } from 'node:crypto';
import type { CancelSignal } from '../../component/cancellation.js';
import type { Exporter, SignalContext } from '../../component/define.js';
import { MadeRoom } from '../../component/made-room.js';
import type { Attempt, Pusher } from '../../component/pusher.js';
import { inTurns, resultInTurns } from '../../component/turn.js';
import { deliver } from '../../delivery/deliver.js';
import { cancelled } from '../../delivery/send.js';
import type { Batch } from '../../otlp/batch.js';
import type { Signal } from '../../otlp/signal.js';
import { pieceBytes, type InPieces } from '../../otlp/work.js';
import { LogSampler } from '../../telemetry/log/sampling.js';
import type { Config } from './config.js';
import { writeLongText } from './long-text.js';
import { openOutput, type EntryOutput } from './output.js';
import { counts } from './text/counts.js';
import { shortText, type Shown } from './text/pieces.js';

/** Equal messages are counted in windows of this length, milliseconds. */
const tick = 1000;
/** A larger batch is shown piece by piece whatever its text, bytes. */
const mostAtOnce = 64 * 1024;

const titles: Readonly<Record<Signal, string>> = {
  traces: 'Traces',
  metrics: 'Metrics',
  logs: 'Logs',
  profiles: 'Profiles',
};

const noRetry = {
  enabled: false,
  initial_interval: 0,
  randomization_factor: 0,
  multiplier: 0,
  max_interval: 0,
  max_elapsed_time: 0,
};

/** Shows what passes, in the log or in files of its own. */
export function createExporter(config: Config, context: SignalContext): Exporter {
  return deliver(
    context,
    { queue: config.sending_queue, retry: noRetry, timeoutMs: 0 },
    new Printer(config, context, openOutput(config, context)),
  );
}

class Printer implements Pusher {
  readonly #config: Config;
  readonly #title: string;
  readonly #output: EntryOutput;
  readonly #sampler: LogSampler;
  /** Of long texts. */
  readonly #made: MadeRoom;
  #saidThinned = false;

  constructor(config: Config, context: SignalContext, output: EntryOutput) {
    this.#config = config;
    this.#title = titles[context.signal];
    this.#output = output;
    this.#made = new MadeRoom(context.budget);
    this.#sampler = new LogSampler(
      { tick, initial: config.sampling_initial, thereafter: config.sampling_thereafter },
      context.clock,
    );
  }

  start(): void {
    this.#output.open();
  }

  push(batch: Batch, { signal }: Attempt): Promise<void> {
    const { verbosity } = this.#config;
    if (batch.bytes.length > mostAtOnce) return this.#pushLarge(batch, signal);
    const text = verbosity === 'basic' ? '' : shortText(batch, verbosity);
    if (text === undefined) return this.#pushLarge(batch, signal);
    this.#printCounts(batch);
    if (verbosity !== 'basic' && this.#shows(text)) this.#output.write(text, {});
    return Promise.resolve();
  }

  shutdown(): void {
    this.#output.close();
  }

  /** Whether a text is not thinned out; the first time that one is, the output says so. */
  #shows(text: string): boolean {
    const verdict = this.#sampler.decide('info', text);
    if (verdict === 'first left out' && !this.#saidThinned) {
      this.#saidThinned = true;
      const setting = 'sampling_initial, sampling_thereafter';
      this.#output.write('Texts that repeat are thinned out', { rule: this.#sampler.rule, setting });
    }
    return verdict === 'shown';
  }

  #printCounts(batch: Batch): void {
    if (this.#shows(this.#title)) this.#output.write(this.#title, counts(batch));
  }

  async #pushLarge(batch: Batch, signal: CancelSignal): Promise<void> {
    const { verbosity } = this.#config;
    if (verbosity !== 'basic') return this.#printLong(batch, verbosity, signal);
    await findIndex(batch);
    this.#printCounts(batch);
  }

  /** One long text at a time is in work, so that few are in memory and none stands within another. */
  async #printLong(batch: Batch, shown: Shown, signal: CancelSignal): Promise<void> {
    const { turnstile } = this.#output;
    if (!(await turnstile.enter(signal))) throw cancelled(signal.cancelledBy ?? 'sender');
    const made = this.#made.begin();
    try {
      await findIndex(batch);
      // The bytes stand for the text, which is not known before it is written.
      const isShown = this.#shows(await resultInTurns(digest(batch.bytes)));
      if (isShown) await writeLongText(this.#output, batch, shown, signal, made, () => this.#printCounts(batch));
      else this.#printCounts(batch);
    } finally {
      made.end();
      turnstile.leave();
    }
  }
}

async function findIndex(batch: Batch): Promise<void> {
  const indexing = batch.indexing();
  if (indexing) await inTurns(indexing);
}

/** A name for the bytes of a large batch. */
function* digest(bytes: Uint8Array): InPieces<string> {
  const hash = createHash('sha256');
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    hash.update(bytes.subarray(at, at + pieceBytes));
    yield;
  }
  return hash.digest('hex');
}
