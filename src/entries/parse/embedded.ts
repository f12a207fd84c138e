import type { Clock } from '../../component/clock.js';
import { section, type Schema, type Shape } from '../../component/schema/schema.js';
import type { LineFields } from '../../otlp/lines/line-form.js';
import type { LogEntry } from '../entry.js';
import { EntryFailure } from '../operator.js';
import { scopeNameBlock, scopeNameStage, type ScopeNameOptions } from './scope-name.js';
import { severityBlock, severityStage, type SeverityOptions } from './severity.js';
import type { EntryStage } from './stage.js';
import { timeBlock, timeStage, type TimeOptions } from './time.js';
import { traceBlock, traceStage, type TraceOptions } from './trace.js';

/** The blocks of a parser that run behind it. */
export interface EmbeddedOptions {
  readonly timestamp: TimeOptions | undefined;
  readonly severity: SeverityOptions | undefined;
  readonly trace: TraceOptions | undefined;
  readonly scope_name: ScopeNameOptions | undefined;
}

function block<C extends object>(schema: Schema<C>, about: string): Schema<C | undefined> {
  return section(schema, { absent: 'off', empty: 'off' }, { about });
}

export const embeddedShape: Shape<EmbeddedOptions> = {
  timestamp: block(timeBlock, 'Reads the time of the entry from a field, behind the parsing.'),
  severity: block(severityBlock, 'Reads the severity from a field, behind the parsing.'),
  trace: block(traceBlock, 'Reads trace ID, span ID and flags from fields, behind the parsing.'),
  scope_name: block(scopeNameBlock, 'Reads the name of the scope from a field, behind the parsing.'),
};

/** Runs the blocks of a parser. All of them run; the first failure is that of the entry. */
export class EmbeddedStages implements EntryStage {
  readonly #stages: readonly (readonly [name: string, stage: EntryStage])[];

  constructor({ timestamp, severity, trace, scope_name }: EmbeddedOptions, clock: Clock) {
    const stages: [string, EntryStage][] = [];
    if (timestamp) stages.push(['time parser', timeStage(timestamp, clock)]);
    if (severity) stages.push(['severity parser', severityStage(severity)]);
    if (trace) stages.push(['trace parser', traceStage(trace)]);
    if (scope_name) stages.push(['scope_name parser', scopeNameStage(scope_name)]);
    this.#stages = stages;
  }

  get fields(): LineFields | undefined {
    let all: LineFields = {};
    for (const [, { fields }] of this.#stages) {
      if (fields === undefined) return undefined;
      all = { ...all, ...fields };
    }
    return all;
  }

  apply(entry: LogEntry): EntryFailure | undefined {
    let first: EntryFailure | undefined;
    for (let i = 0; i < this.#stages.length; i++) {
      const [name, stage] = this.#stages[i] as readonly [string, EntryStage];
      const failure = stage.apply(entry);
      if (failure !== undefined) first ??= new EntryFailure(`${name}: ${failure.message}`);
    }
    return first;
  }
}
