import tty from 'node:tty';
import type { LogsConfig } from '../config/logs.js';
import { painter } from '../../component/colour.js';
import { openSinks, type TextSink } from '../output/sinks.js';
import { descriptorOf } from '../output/standard.js';
import { consoleLine, type Line } from './console.js';
import { encodingFault } from './encoding-fault.js';
import { jsonFormat } from './json.js';
import { terminalFormat } from './terminal.js';

/** The outputs of the log, each with lines in its format. */
export interface LineOutputs {
  write(line: Line): void;
  /** Undefined while all outputs take text, else a promise of the time when they do again or are given up. */
  room(): Promise<void> | undefined;
  close(): void;
}

/**
 * Opens the outputs of the lines and those of the log's own faults. Terminals get short lines in colour in place of the
 * encoding `console`. Throws `failed to create logger: ...` for an encoding or output that does not work. `lost` makes
 * the line that says how many were lost.
 */
export function openOutputs(config: LogsConfig, lost: (count: number) => Line): LineOutputs {
  const { encoding, output_paths: paths } = config;
  try {
    const fault = encodingFault(encoding);
    if (fault) throw new Error(fault.message);
    const format = encoding === 'json' ? jsonFormat() : consoleLine;
    const short = terminalFormat(painter({ isTTY: true }));
    const isShort = (path: string): boolean => encoding === 'console' && isTerminal(path);
    return openAll(config, lost, [
      { paths: paths.filter((path) => !isShort(path)), format },
      { paths: paths.filter(isShort), format: short },
    ]);
  } catch (error) {
    throw new Error(`failed to create logger: ${(error as Error).message}`, { cause: error });
  }
}

interface Destination {
  readonly paths: readonly string[];
  format(line: Line): string;
}

function openAll(config: LogsConfig, lost: (count: number) => Line, destinations: readonly Destination[]): LineOutputs {
  const opened: TextSink[] = [];
  const close = (): void => {
    for (const sink of opened.toReversed()) sink.close();
  };
  try {
    const faults = openSinks(config.error_output_paths, {
      lostText: (count) => `${new Date().toISOString()} ${count} faults of the log were lost\n`,
      failed: () => {},
    });
    opened.push(faults);
    const used = destinations.filter(({ paths }) => paths.length > 0);
    const outputs = used.map(({ paths, format }) => {
      const sink = openSinks(paths, {
        lostText: (count) => format(lost(count)),
        failed: (error) => faults.write(`${new Date().toISOString()} write error: ${error.message}\n`),
      });
      opened.push(sink);
      return { sink, format };
    });
    return {
      write: (line) => {
        for (const { sink, format } of outputs) sink.write(format(line));
      },
      room: () => {
        const rooms = outputs.map(({ sink }) => sink.room()).filter((room) => room !== undefined);
        return rooms.length === 0 ? undefined : Promise.all(rooms).then(() => {});
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

function isTerminal(path: string): boolean {
  return (path === 'stdout' || path === 'stderr') && tty.isatty(descriptorOf(path));
}
