import type { Exporter, SignalContext } from '../../component/define.js';
import type { Logger } from '../../component/telemetry.js';
import type { Pusher } from '../../component/pusher.js';
import { deliver } from '../../delivery/deliver.js';
import type { Batch } from '../../otlp/batch.js';
import { jsonText } from '../../otlp/json/encode.js';
import type { Signal } from '../../otlp/signal.js';
import { spacedJson } from '../../telemetry/log/console.js';
import { LogSampler } from '../../telemetry/log/sampling.js';
import { openSinks } from '../../telemetry/output/sinks.js';
import type { Config } from './config.js';
import { counts } from './text/counts.js';
import { detailedText } from './text/detailed.js';
import { normalText } from './text/normal.js';
import type { Data } from './text/data.js';

/** Equal messages are counted in windows of this length, milliseconds. */
const tick = 1000;

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
  const output = config.use_internal_logger
    ? internal(context.logger)
    : context.shared(() => own(config.output_paths ?? ['stdout'], context.logger));
  return deliver(
    context,
    { queue: config.sending_queue, retry: noRetry, timeoutMs: 0 },
    new Printer(config, context, output),
  );
}

/** Where entries go: a message, and for the first one of a batch its counts. */
interface Output {
  write(message: string, fields: Readonly<Record<string, unknown>>): void;
  open(): void;
  close(): void;
}

function internal(logger: Logger): Output {
  const plain = logger.withoutCaller().whole();
  return { write: (message, fields) => plain.info(message, fields), open: () => {}, close: () => {} };
}

/** Files of its own, without time and level. All signals of one exporter share them. */
function own(paths: readonly string[], logger: Logger): Output {
  const sink = openSinks(paths, {
    lostText: (count) => `${count} texts were lost: their output took none\n`,
    failed: (error) => logger.error('Writing failed; it is tried again', { error, paths }),
  });
  let users = 0;
  return {
    open: () => void users++,
    write: (message, fields) =>
      sink.write(`${message}${Object.keys(fields).length === 0 ? '' : `\t${spacedJson(fields)}`}\n`),
    close: () => {
      if (--users === 0) sink.close();
    },
  };
}

class Printer implements Pusher {
  readonly #config: Config;
  readonly #signal: Signal;
  readonly #output: Output;
  readonly #sampler: LogSampler;

  constructor(config: Config, context: SignalContext, output: Output) {
    this.#config = config;
    this.#signal = context.signal;
    this.#output = output;
    this.#sampler = new LogSampler(
      { tick, initial: config.sampling_initial, thereafter: config.sampling_thereafter },
      context.clock,
    );
  }

  start(): void {
    this.#output.open();
  }

  push(batch: Batch): Promise<void> {
    this.#print(titles[this.#signal], counts(batch));
    if (this.#config.verbosity === 'basic') return Promise.resolve();
    const data = JSON.parse(jsonText(this.#signal, batch.bytes)) as Data;
    this.#print(
      this.#config.verbosity === 'normal' ? normalText(this.#signal, data) : detailedText(this.#signal, data),
      {},
    );
    return Promise.resolve();
  }

  shutdown(): void {
    this.#output.close();
  }

  #print(message: string, fields: Readonly<Record<string, unknown>>): void {
    if (this.#sampler.allows('info', message)) this.#output.write(message, fields);
  }
}
