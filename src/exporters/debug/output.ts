import type { SignalContext } from '../../component/define.js';
import type { Logger } from '../../component/telemetry.js';
import { spacedJson } from '../../telemetry/log/console.js';
import { openSinks } from '../../telemetry/output/sinks.js';
import type { Config } from './config.js';
import { Turnstile } from './turnstile.js';

/** Where entries go. */
export interface EntryOutput {
  /** Lets one long text at a time be written. */
  readonly turnstile: Turnstile;
  /** Writes an entry: a message, and for the first one of a batch its counts. */
  write(message: string, fields: Readonly<Record<string, unknown>>): void;
  /** Writes a part of an entry that is too long to be written at once; parts count from 1. */
  writePart(text: string, number: number, isLast: boolean): void;
  /** Undefined while text is taken, else a promise of the time when it is again, or is given up. */
  room(): Promise<void> | undefined;
  open(): void;
  close(): void;
}

/** All signals of one exporter share the files, and the turnstile. */
export function openOutput(config: Config, context: SignalContext): EntryOutput {
  return config.use_internal_logger
    ? internal(
        context.logger.withoutCaller().whole(),
        context.shared(() => new Turnstile()),
      )
    : context.shared(() => own(config.output_paths ?? ['stdout'], context.logger));
}

/** The log of the service. Other lines may come between the parts of a text, which therefore have a number. */
function internal(logger: Logger, turnstile: Turnstile): EntryOutput {
  return {
    turnstile,
    write: (message, fields) => logger.info(message, fields),
    writePart: (text, number) => logger.info(number === 1 ? text : `(part ${number})\n${text}`),
    room: () => logger.room(),
    open: () => {},
    close: () => {},
  };
}

/** Files of its own, without time and level. */
function own(paths: readonly string[], logger: Logger): EntryOutput {
  const sink = openSinks(paths, {
    lostText: (count) => `${count} texts were lost: their output took none\n`,
    failed: (error) => logger.error('Writing failed; it is tried again', { error, paths }),
  });
  let users = 0;
  return {
    turnstile: new Turnstile(),
    open: () => void users++,
    write: (message, fields) =>
      sink.write(`${message}${Object.keys(fields).length === 0 ? '' : `\t${spacedJson(fields)}`}\n`),
    // An entry ends with an empty line.
    writePart: (text, _number, isLast) => sink.write(isLast ? `${text}\n` : text),
    room: () => sink.room(),
    close: () => {
      if (--users === 0) sink.close();
    },
  };
}
