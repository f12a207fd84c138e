import { changing } from '../../component/changing.js';
import type { Consumer } from '../../component/consumer.js';
import type { PipelineContext, Processor } from '../../component/define.js';
import type { Batch } from '../../otlp/batch.js';
import { visitedAtOnce, type InPieces } from '../../otlp/work.js';
import type { ContextName } from '../../ottl/contexts/contexts.js';
import type { ClientInfo, Scene } from '../../ottl/scene.js';
import { ConditionSequence } from '../../ottl/sequence.js';
import { droppingWalk, type DroppingWalk } from '../../ottl/walk/dropping-walk.js';
import { logFailure, refusing } from '../../statements/failures.js';
import { compileChecked, type CompiledRules } from '../../statements/rules.js';
import { clientInfo } from '../../statements/services.js';
import { throughStages, type Stage } from '../../statements/stages.js';
import { conditionContexts } from './contexts.js';
import { rulesFor, type Config } from './config.js';
import { oldestOption, selectedRows } from './oldest-form.js';
import { filteredCounter } from './telemetry.js';

/** Drops items for which one of its conditions holds. */
export function createFilter(config: Config, context: PipelineContext, next: Consumer): Processor {
  const { signal, ledger, meter, id } = context;
  const books = ledger.component(id, signal);
  const filtered = filteredCounter(signal, id, meter);
  const groups = compileChecked(rulesFor(signal, config), config, conditionContexts[signal], context);
  const oldest = groups.length === 0 ? config : undefined;
  const option = oldestOption(signal, config);
  if (option && !oldest)
    context.logger.warn('"include" and "exclude" have no effect beside conditions, as in the Collector', { option });
  const make = (): readonly Stage[] => {
    const selected = oldest && selectedRows(signal, oldest);
    if (selected) return [selected];
    return conditionContexts[signal]
      .map(({ name }) => new Step(name, groups, context))
      .filter(({ isNeeded }) => isNeeded);
  };
  const usual = make();
  return changing({
    next,
    books,
    // Statements may take a microsecond each for an item of few bytes.
    isLarge: ({ bytes }) => bytes.length > visitedAtOnce,
    *change(batch, large, request) {
      // Between the pieces of a large batch others are filtered.
      const rest = yield* refusing(throughStages(large ? make() : usual, batch, clientInfo(request)));
      const gone = batch.itemCount - rest.itemCount;
      const book = (): void => {
        books.in(batch.itemCount);
        if (gone === 0) return;
        books.dropped(gone, 'filtered');
        filtered?.add(gone);
      };
      if (rest.itemCount > 0) return { batch: rest, book };
      if (rest !== batch) rest.release();
      return { batch: undefined, book };
    },
  });
}

/** The conditions of one context and the walk that looks for them, for one batch at a time. */
class Step implements Stage {
  readonly #walk: DroppingWalk;
  readonly #conditions: readonly ConditionSequence[];
  readonly #matches: (scene: Scene) => boolean;

  constructor(context: ContextName, groups: readonly CompiledRules[], { logger }: PipelineContext) {
    this.#walk = droppingWalk(context);
    const report = logFailure(logger, 'failed to eval condition', 'condition');
    const own = groups.filter((group) => group.context === context);
    const conditions = own.map((group) => new ConditionSequence(group.conditions, group.errorMode, report));
    this.#conditions = conditions;
    const [first] = conditions;
    this.#matches =
      conditions.length === 1 && first !== undefined
        ? (scene) => first.matches(scene)
        : (scene) => {
            for (const each of conditions) if (each.matches(scene)) return true;
            return false;
          };
  }

  get isNeeded(): boolean {
    return this.#conditions.length > 0;
  }

  apply(batch: Batch, client: ClientInfo): InPieces<Batch> {
    return this.#walk.dropping(batch, client, this.#matches);
  }
}
