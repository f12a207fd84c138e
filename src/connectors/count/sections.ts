import { fieldOf } from '../../otlp/fields.js';
import type { Signal } from '../../otlp/signal.js';
import type { ScenePlace } from '../../ottl/contexts/batch-scene.js';
import { contexts, type ContextName } from '../../ottl/contexts/contexts.js';
import { functionTable } from '../../ottl/environment.js';
import type { FunctionServices } from '../../ottl/function.js';
import { standardFunctions } from '../../ottl/functions/standard.js';
import { compileCondition, type Condition } from '../../ottl/statement.js';

/** The things that can be counted, as the configuration names them. */
export type CountedKind = 'spans' | 'spanevents' | 'metrics' | 'datapoints' | 'logs' | 'profiles';

export interface CountedSection {
  readonly name: CountedKind;
  readonly context: ContextName;
  /** The message that is counted. */
  readonly place: ScenePlace;
  /** Numbers of the fields of type fixed64 that have its times; none: the time of counting is shown. */
  readonly times: readonly number[];
  /** False where the attributes of the message itself cannot be looked up. */
  readonly hasAttributes: boolean;
}

/** The sections for the items of each signal. */
export const sectionsFor: Readonly<Record<Signal, readonly CountedSection[]>> = {
  traces: [
    {
      name: 'spans',
      context: 'span',
      place: 'item',
      times: [fieldOf('Span', 'start_time_unix_nano').number, fieldOf('Span', 'end_time_unix_nano').number],
      hasAttributes: true,
    },
    {
      name: 'spanevents',
      context: 'spanevent',
      place: 'part',
      times: [fieldOf('Event', 'time_unix_nano').number],
      hasAttributes: true,
    },
  ],
  metrics: [
    { name: 'metrics', context: 'metric', place: 'item', times: [], hasAttributes: false },
    {
      name: 'datapoints',
      context: 'datapoint',
      place: 'part',
      // All kinds of points have it under the same number.
      times: [fieldOf('NumberDataPoint', 'time_unix_nano').number],
      hasAttributes: true,
    },
  ],
  logs: [
    {
      name: 'logs',
      context: 'log',
      place: 'item',
      times: [fieldOf('LogRecord', 'time_unix_nano').number],
      hasAttributes: true,
    },
  ],
  profiles: [
    {
      name: 'profiles',
      context: 'profile',
      place: 'item',
      times: [fieldOf('Profile', 'time_unix_nano').number],
      // They stand in the dictionary of the request.
      hasAttributes: false,
    },
  ],
};

const contextOf: Readonly<Record<CountedKind, ContextName>> = {
  ...{ spans: 'span', spanevents: 'spanevent', metrics: 'metric', datapoints: 'datapoint', logs: 'log' },
  profiles: 'profile',
};

const functions = functionTable(standardFunctions);

/** Compiles a condition of a section. Throws a `StatementError`. */
export function countCondition(section: CountedKind, text: string, services: FunctionServices): Condition {
  return compileCondition(text, { context: contexts[contextOf[section]], functions, services, shortPaths: true });
}
