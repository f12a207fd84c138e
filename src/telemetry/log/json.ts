import { createRequire } from 'node:module';
import { escaped, isoTime, plain, type Line } from './console.js';

/** The format for programs, which pino writes: a JSON object in each line. */
export function jsonFormat(): (line: Line) => string {
  // Loading it takes a twentieth of a start, and most logs are no JSON.
  const { pino } = createRequire(import.meta.url)('pino') as typeof import('pino');
  let text = '';
  // Order and names of the keys as in the Collector; pino writes the level first and adds nothing else.
  const out = pino(
    { base: null, timestamp: false, level: 'trace', formatters: { level: (label) => ({ level: label }) } },
    { write: (formatted: string) => void (text = formatted) },
  );
  return ({ level, time, caller, message, fields, stack }) => {
    const line: Record<string, unknown> = { ts: isoTime(time) };
    if (caller !== undefined) line['caller'] = caller;
    line['msg'] = message;
    for (const [key, value] of Object.entries(fields)) line[key] = plain(key, value);
    if (stack !== undefined) line['stacktrace'] = stack;
    out[level](line);
    return escaped(text);
  };
}
