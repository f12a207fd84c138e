import { compileOperators } from '../entries/compile.js';
import type { EntryMap } from '../entries/entry-map.js';
import { LogEntry } from '../entries/entry.js';
import type { OperatorServices } from '../entries/operator.js';
import { pattern } from '../pattern/pattern.js';
import type { HeaderReader } from './line-writer.js';
import type { HeaderOptions } from './options.js';

/** Reads headers with operators of their own; undefined when files have none. */
export function headerReader(options: HeaderOptions, services: OperatorServices): HeaderReader | undefined {
  if (options.pattern === '') return undefined;
  const matcher = pattern(options.pattern);
  const chain = compileOperators(options.metadata_operators, services);
  const entry = new LogEntry();
  return {
    isHeader: (line) => matcher.test(line),
    read(line: string, attributes: EntryMap) {
      entry.start(line);
      entry.observedMs = services.clock.unixMs();
      const take = (done: LogEntry): void => {
        for (const [key, value] of done.attributes) attributes.set(key, value);
      };
      chain.process(entry, take);
      chain.flush(Number.POSITIVE_INFINITY, take);
    },
  };
}
