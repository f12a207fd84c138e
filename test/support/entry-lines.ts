import { LogEntry } from '../../src/entries/entry.js';
import { compileOperators } from '../../src/entries/compile.js';
import { operatorsOption } from '../../src/entries/config.js';
import type { OperatorChain } from '../../src/entries/chain.js';
import { EntryGroups } from '../../src/entries/entry-groups.js';
import { entryText } from '../../src/entries/entry-value.js';
import { RawText } from '../../src/otlp/build/any-value.js';
import type { Logger, Meter } from '../../src/component/telemetry.js';
import { jsonText } from '../../src/otlp/json/encode.js';
import { HeldClock } from '../../src/testing/held-clock.js';

/** A record as OTLP/JSON has it, with its resource and scope. */
export type PlainRecord = Readonly<Record<string, unknown>>;

export interface OperatorRun {
  readonly records: readonly PlainRecord[];
  /** Lines of the log: level, message and fields. */
  readonly log: readonly (readonly [level: string, message: string, fields: Readonly<Record<string, unknown>>])[];
}

export interface RunOptions {
  readonly attributes?: Readonly<Record<string, string>>;
  readonly gates?: readonly string[];
  readonly nowMs?: number;
}

const option = operatorsOption({ about: 'Operators under test.' });

/** A chain of operators in the hands of a test. */
export interface OperatorWorld {
  readonly chain: OperatorChain;
  readonly clock: HeldClock;
  readonly log: OperatorRun['log'];
  /** Values of the counters, by name and operator. */
  readonly counts: Readonly<Record<string, number>>;
  /** Bodies of the entries that came out, as texts. */
  readonly bodies: readonly string[];
  /** Sends a line; bytes are text that is not UTF-8. */
  line(
    line: string | Buffer,
    attributes?: Readonly<Record<string, string>>,
    origin?: { readonly source: object; readonly position: number },
  ): void;
  /** Hands on what is due now, or at `now`. */
  flush(now?: number): void;
  /** The output, as records. */
  records(): readonly PlainRecord[];
}

export function operatorWorld(operators: readonly unknown[], options: RunOptions = {}): OperatorWorld {
  const log: OperatorRun['log'][number][] = [];
  const counts: Record<string, number> = {};
  const clock = new HeldClock(options.nowMs ?? Date.UTC(2026, 10, 30));
  const chain = compileOperators(option.parse(operators), {
    clock,
    random: () => 0.5,
    logger: loggerInto(log),
    meter: meterInto(counts),
    gates: new Set(options.gates),
  });
  const groups = new EntryGroups();
  const bodies: string[] = [];
  const sink = (done: LogEntry): void => {
    bodies.push(String(entryText(done.body)));
    groups.add(done);
  };
  const entry = new LogEntry();
  return {
    chain,
    clock,
    log,
    counts,
    bodies,
    line(line, attributes = options.attributes ?? {}, origin) {
      // In the middle of other bytes, as in a file.
      const bytes = Buffer.concat([Buffer.from('{"'), Buffer.from(line), Buffer.from('"}\\')]);
      if (typeof line === 'string') entry.startLine(bytes, 2, bytes.length - 3);
      else entry.start(new RawText(line));
      entry.source = origin?.source;
      entry.position = origin?.position ?? 0;
      for (const [name, value] of Object.entries(attributes)) entry.attributes.set(name, value);
      chain.process(entry, sink);
    },
    flush: (now = clock.now()) => chain.flush(now, sink),
    records() {
      const batch = groups.finish();
      return recordsOf(jsonText('logs', batch.bytes));
    },
  };
}

/** Sends lines through operators, as a receiver does, and returns what comes out as records. */
export function runOperators(
  operators: readonly unknown[],
  lines: readonly (string | Buffer)[],
  options: RunOptions = {},
): OperatorRun {
  const world = operatorWorld(operators, options);
  for (const line of lines) world.line(line);
  world.flush(Infinity);
  return { records: world.records(), log: world.log };
}

function loggerInto(log: OperatorRun['log'][number][]): Logger {
  const at =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): void =>
      void log.push([level, message, fields]);
  const logger: Logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => logger,
    withoutCaller: () => logger,
    whole: () => logger,
    room: () => undefined,
  };
  return logger;
}

function meterInto(counts: Record<string, number>): Meter {
  return {
    level: 'detailed',
    counter: ({ name }, { operator }) => ({
      add(value) {
        const key = `${name} ${String(operator)}`;
        counts[key] = (counts[key] ?? 0) + value;
      },
    }),
    histogram: () => ({ record: () => {} }),
    observe: () => () => {},
  };
}

interface PlainRequest {
  readonly resourceLogs?: readonly {
    readonly resource?: { readonly attributes?: readonly unknown[] };
    readonly scopeLogs?: readonly { readonly scope?: PlainRecord; readonly logRecords?: readonly PlainRecord[] }[];
  }[];
}

/** In the form of test/recorded/file_log: fields that are empty are left out. */
function recordsOf(json: string): PlainRecord[] {
  const { resourceLogs = [] } = JSON.parse(json) as PlainRequest;
  return resourceLogs.flatMap(({ resource, scopeLogs = [] }) =>
    scopeLogs.flatMap(({ scope, logRecords = [] }) =>
      logRecords.map((record) => {
        const { observedTimeUnixNano: _, ...rest } = record;
        const kept = Object.entries(rest).filter(
          ([key, value]) => !isEmpty(value) && !(key === 'timeUnixNano' && value === '0'),
        );
        return {
          ...Object.fromEntries(kept),
          ...((resource?.attributes ?? []).length > 0 && { resource: resource?.attributes }),
          ...(scope?.['name'] !== undefined && { scope }),
        };
      }),
    ),
  );
}

function isEmpty(value: unknown): boolean {
  return value === '' || value === 0 || (Array.isArray(value) && value.length === 0);
}
