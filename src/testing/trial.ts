import type { ProcessorDefinition } from '../component/define.js';
import type { CheckedConfig } from '../config/checked.js';
import { loadComponent } from '../config/components.js';
import { emptyContext } from '../component/consumer.js';
import type { Batch } from '../otlp/batch.js';
import type { Signal } from '../otlp/signal.js';
import { telemetryConfig } from '../telemetry/config.js';
import { batchOfJson, jsonOfBatch } from './canonical.js';
import { singleItems, type SingleItem } from './single-items.js';
import type { Json } from './otlp-value.js';
import { PipelineUnderTest, type LoggedLine } from './pipeline-under-test.js';
import { renderMistakes, type Mistake, type RuleLine } from './statement-texts.js';

/** Statements, or conditions alone, as `transform` or `filter` would run them. */
export interface TrialRules {
  readonly statements: readonly RuleLine[];
  readonly conditions: readonly RuleLine[];
  /** '' is inferred. */
  readonly context: string;
  readonly errorMode: string;
}

/** The outcome of one request. */
export interface TrialOutcome {
  readonly before: Json;
  readonly after: Json;
  /** The error with which it was refused. */
  readonly refused: string | undefined;
  readonly failures: readonly TrialFailure[];
}

/** One way in which a statement or condition has failed. */
export interface TrialFailure {
  /** The statement and why it has failed. */
  readonly text: string;
  readonly times: number;
  /** Some of the items on which it fails; none where that is not known. */
  readonly items: readonly SingleItem[];
}

/** Items of a request that are handed in alone to find those on which something fails. */
const maxTried = 1000;
/** Items that are named for each failure. */
const maxItemsOfFailure = 3;

const optionOf = { traces: 'trace', metrics: 'metric', logs: 'log', profiles: 'profile' } as const;

/** Runs rules on requests of one signal, one after the other. Throws an `Error` that shows every mistake in them. */
export async function tryRules(rules: TrialRules, signal: Signal, requests: readonly Batch[]): Promise<TrialOutcome[]> {
  const config = await checked(rules, signal);
  const pipeline = await PipelineUnderTest.start(config, signal, Date.now());
  const outcomes: TrialOutcome[] = [];
  try {
    for (const request of requests) {
      const logged = pipeline.logged.length;
      const refusal = await pipeline.send(request, emptyContext, 0);
      const before = jsonOfBatch(request);
      const failures = failuresIn(pipeline.logged.slice(logged));
      // A refused request stays as it was.
      const after = refusal ? before : (pipeline.take().get(signal) ?? {});
      const located =
        failures.size === 0 ? new Map<string, SingleItem[]>() : await itemsThatFail(pipeline, signal, before);
      outcomes.push({
        ...{ before, after, refused: refusal?.message },
        failures: [...failures].map(([text, times]) => ({ text, times, items: located.get(text) ?? [] })),
      });
    }
  } finally {
    await pipeline.end();
  }
  return outcomes;
}

function failuresIn(lines: readonly LoggedLine[]): ReadonlyMap<string, number> {
  const failures = new Map<string, number>();
  for (const { fields } of lines) {
    const { error, statement, condition } = fields;
    const text = `${String(statement ?? condition)}: ${String(error)}`;
    failures.set(text, (failures.get(text) ?? 0) + 1);
  }
  return failures;
}

/** The log does not say on which item something fails: it shows when they are handed in one by one. */
async function itemsThatFail(
  pipeline: PipelineUnderTest,
  signal: Signal,
  request: Json,
): Promise<ReadonlyMap<string, readonly SingleItem[]>> {
  const found = new Map<string, SingleItem[]>();
  let tried = 0;
  for (const single of singleItems(signal, request)) {
    if (++tried > maxTried) break;
    const logged = pipeline.logged.length;
    await pipeline.send(batchOfJson(signal, JSON.stringify(single.request)), emptyContext, 0);
    for (const text of failuresIn(pipeline.logged.slice(logged)).keys()) {
      const items = found.get(text) ?? [];
      found.set(text, items);
      if (items.length < maxItemsOfFailure) items.push(single);
    }
  }
  pipeline.take();
  return found;
}

async function checked(
  { statements, conditions, context, errorMode }: TrialRules,
  signal: Signal,
): Promise<CheckedConfig> {
  const texts = (written: readonly RuleLine[]): string[] => written.map(({ text }) => text);
  const group = { context, conditions: texts(conditions) };
  const [type, option, rules] =
    statements.length > 0
      ? (['transform', `${optionOf[signal]}_statements`, { ...group, statements: texts(statements) }] as const)
      : (['filter', `${optionOf[signal]}_conditions`, group] as const);
  const definition = (await loadComponent('processors', type)) as ProcessorDefinition;
  const result = definition.config.safeParse({ error_mode: errorMode, [option]: [rules] });
  if (!result.success) {
    const mistakes = result.error.issues.map((issue): Mistake => {
      const [, , list, place] = issue.path;
      const written = { statements, conditions }[String(list)]?.[Number(place)];
      return { message: issue.message, written, offset: offsetOf(issue) };
    });
    throw new Error(renderMistakes(mistakes));
  }
  const processor = {
    ...{ id: type, definition, config: result.data, shown: (text: string) => text },
    fault: (_path: unknown, message: string) => ({ path: '', message }),
  };
  const none = new Map<string, never>();
  const pipeline = { id: signal, signal, receivers: [], processors: [type], exporters: [] };
  return {
    ...{ receivers: none, exporters: none, connectors: none, extensions: none },
    processors: new Map([[type, processor]]),
    service: {
      ...{ extensions: [], pipelines: [pipeline], telemetry: telemetryConfig.parse({}), shown: processor.shown },
    },
    ...{ gates: new Set(), warnings: [] },
  };
}

/** The characters that a check has found, as the schema hands them through zod. */
function offsetOf(issue: object): number | undefined {
  const { params } = issue as { readonly params?: { readonly at?: { readonly offset: number } } };
  return params?.at?.offset;
}
