import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../../component/clock.js';
import type { LogFields, Logger } from '../../component/telemetry.js';
import type { LogsConfig } from '../config/logs.js';
import { boundedFields, boundedMessage } from './bounds.js';
import type { Level, Line } from './console.js';
import { openOutputs } from './outputs.js';
import { LogSampler } from './sampling.js';

/** This program logs nothing above `error`: with `level: dpanic` or higher the log stays empty. */
const rank: Readonly<Record<string, number>> = {
  debug: 10,
  info: 20,
  warn: 30,
  error: 40,
  dpanic: 50,
  panic: 60,
  fatal: 70,
};

/** Characters of a message that is thinned out, where that is said. */
const shownOfThinned = 80;

const source = fileURLToPath(new URL('../../', import.meta.url));

export interface Log {
  readonly logger: Logger;
  /** The same log without `ship`, for faults of the shipping itself. */
  readonly local: Logger;
  close(): void;
}

/**
 * The program's log (docs/spec/core.md#log-lines).
 * `ship`, if there is one, receives every line as well. Throws `failed to create logger: ...` for an encoding or output
 * that does not work.
 */
export function openLog(
  config: LogsConfig,
  resource: Readonly<Record<string, string>>,
  clock: Clock,
  ship: ((line: Line) => void) | undefined,
): Log {
  const fields = {
    ...Object.fromEntries(Object.entries(config.initial_fields).sort(([a], [b]) => (a < b ? -1 : 1))),
    ...(config.disable_zap_resource ? {} : { resource }),
  };
  const { write, room, close } = openOutputs(config, (count) => ({
    level: 'warn',
    time: new Date(clock.unixMs()),
    caller: undefined,
    message: `${count} log lines were lost: their output took none`,
    fields,
    stack: undefined,
    manyLines: false,
  }));
  const sampler = config.sampling ? new LogSampler(config.sampling, clock) : undefined;
  const least = rank[config.level.toLowerCase()] ?? 20;
  const shared = { config, write, room, sampler, clock, least, whole: false };
  const both: Write = (line) => {
    write(line);
    ship?.(line);
  };
  return {
    logger: new LineLogger(ship ? { ...shared, write: both } : shared, fields),
    local: new LineLogger(shared, fields),
    close,
  };
}

type Write = (line: Line) => void;

interface Shared {
  readonly config: LogsConfig;
  readonly write: Write;
  room(): Promise<void> | undefined;
  readonly sampler: LogSampler | undefined;
  readonly clock: Clock;
  readonly least: number;
  /** Lines are not cut. */
  readonly whole: boolean;
}

class LineLogger implements Logger {
  readonly #shared: Shared;
  readonly #fields: LogFields;

  constructor(shared: Shared, fields: LogFields) {
    this.#shared = shared;
    this.#fields = fields;
  }
  debug(message: string, fields?: LogFields): void {
    this.#log('debug', message, fields);
  }
  info(message: string, fields?: LogFields): void {
    this.#log('info', message, fields);
  }
  warn(message: string, fields?: LogFields): void {
    this.#log('warn', message, fields);
  }
  error(message: string, fields?: LogFields): void {
    this.#log('error', message, fields);
  }
  child(fields: LogFields): Logger {
    return new LineLogger(this.#shared, { ...this.#fields, ...fields });
  }
  withoutCaller(): Logger {
    return new LineLogger({ ...this.#shared, config: { ...this.#shared.config, disable_caller: true } }, this.#fields);
  }
  room(): Promise<void> | undefined {
    return this.#shared.room();
  }

  whole(): Logger {
    return new LineLogger({ ...this.#shared, whole: true }, this.#fields);
  }

  #log(level: Level, message: string, fields: LogFields | undefined): void {
    const { config, sampler, clock, least, write, whole } = this.#shared;
    const height = rank[level] ?? 0;
    if (height < least) return;
    const verdict = sampler?.decide(level, message) ?? 'shown';
    if (verdict === 'left out') return;
    if (verdict === 'first left out') return this.#sayThinned(level, message);
    const frames = config.disable_caller && config.disable_stacktrace ? [] : callers();
    const traced = !config.disable_stacktrace && height >= (config.development ? 30 : 40);
    const all = fields === undefined ? this.#fields : { ...this.#fields, ...fields };
    write({
      level,
      time: new Date(clock.unixMs()),
      caller: config.disable_caller ? undefined : (frames[0] ?? 'unknown'),
      message: whole ? message : boundedMessage(message),
      fields: whole ? all : boundedFields(all),
      stack: traced ? frames.join('\n') : undefined,
      manyLines: whole,
    });
  }

  /** In place of the first line of a window that is left out. */
  #sayThinned(level: Level, message: string): void {
    const { clock, sampler, write } = this.#shared;
    write({
      level,
      time: new Date(clock.unixMs()),
      caller: undefined,
      message: 'Log lines that repeat are thinned out',
      fields: {
        ...boundedFields(this.#fields),
        thinned: message.slice(0, shownOfThinned),
        rule: sampler?.rule,
        setting: 'service::telemetry::logs::sampling',
      },
      stack: undefined,
      manyLines: false,
    });
  }
}

/** The place that logged, such as `delivery/retry.js:31`, and its callers. */
function callers(): string[] {
  const holder: { stack?: string } = {};
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 8;
  Error.captureStackTrace(holder, callers);
  Error.stackTraceLimit = limit;
  const lines = (holder.stack ?? '').split('\n').slice(3);
  return lines.map((line) => {
    const place = /\(?((?:file:\/\/)?[^()\s]+):(\d+):\d+\)?$/.exec(line.trim());
    if (!place?.[1]) return line.trim();
    const file = place[1].startsWith('file:') ? fileURLToPath(place[1]) : place[1];
    return `${file.startsWith(source) ? path.relative(source, file) : file}:${place[2]}`;
  });
}
