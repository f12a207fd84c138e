import { changing } from '../../component/changing.js';
import type { Consumer } from '../../component/consumer.js';
import type { PipelineContext, Processor } from '../../component/define.js';
import type { Batch } from '../../otlp/batch.js';
import { visitedAtOnce, type InPieces } from '../../otlp/work.js';
import type { ClientInfo } from '../../ottl/scene.js';
import { ConditionSequence, StatementSequence } from '../../ottl/sequence.js';
import { ChangingWalk } from '../../ottl/walk/changing-walk.js';
import type { Visit } from '../../ottl/walk/moving.js';
import { logFailure, refusing } from '../../statements/failures.js';
import { statementRules } from '../../statements/groups.js';
import { compileChecked, type CompiledRules } from '../../statements/rules.js';
import { clientInfo } from '../../statements/services.js';
import { throughStages, type Stage } from '../../statements/stages.js';
import { statementContexts } from './contexts.js';
import { statementsFor, type Config } from './config.js';
import { hasCostly, isCostlyRow } from './costly.js';
import { checkFlattenGate, flattened } from './flattened.js';

/** Changes items by statements of OTTL. */
export function createTransform(config: Config, context: PipelineContext, next: Consumer): Processor {
  const { signal, ledger } = context;
  const books = ledger.component(context.id, signal);
  const option = statementsFor[signal];
  const groups = compileChecked(statementRules(option, config[option]), config, statementContexts[signal], context);
  if (config.flatten_data) checkFlattenGate(context.gates);
  const isFlat = config.flatten_data && signal === 'logs';
  const make = (): readonly Stage[] => {
    const steps = groups.map((group) => new Step(group, context));
    return isFlat ? flattened(steps) : steps;
  };
  const usual = make();
  return changing({
    next,
    books,
    // Statements may take a microsecond each for an item of few bytes.
    isLarge: (batch) => batch.bytes.length > visitedAtOnce || hasCostly(batch),
    *change(batch, large, request) {
      // Between the pieces of a large batch others are changed.
      const steps = large ? make() : usual;
      const changed = yield* refusing(throughStages(steps, batch, clientInfo(request)));
      const more = changed.itemCount - batch.itemCount;
      const book = (): void => {
        books.in(batch.itemCount);
        if (more > 0) books.created(more);
        if (more < 0) books.dropped(-more, 'merged');
      };
      if (changed.itemCount > 0) return { batch: changed, book };
      if (changed !== batch) changed.release();
      return { batch: undefined, book };
    },
  });
}

/** A group of statements and the walk that runs them, for one batch at a time. */
class Step implements Stage {
  readonly #walk: ChangingWalk;
  readonly #run: Visit;
  /** The batch, while it has something that may keep a statement busy. */
  #costly: Batch | undefined;

  constructor({ context, errorMode, conditions, statements }: CompiledRules, { logger }: PipelineContext) {
    this.#walk = new ChangingWalk(context);
    const sequence = new StatementSequence(
      statements,
      errorMode,
      logFailure(logger, 'failed to execute statement', 'statement'),
    );
    const gate = new ConditionSequence(
      conditions,
      errorMode,
      logFailure(logger, 'failed to eval condition', 'condition'),
    );
    const runs: Visit = (scene) => {
      if (this.#isCostly()) return sequence.running(scene);
      sequence.run(scene);
      return undefined;
    };
    this.#run = conditions.length === 0 ? runs : (scene) => (gate.matches(scene) ? runs(scene) : undefined);
  }

  apply(batch: Batch, client: ClientInfo): InPieces<Batch> {
    this.#costly = hasCostly(batch) ? batch : undefined;
    return this.#walk.changingInPieces(batch, client, this.#run);
  }

  #isCostly(): boolean {
    return this.#costly !== undefined && isCostlyRow(this.#costly, this.#walk.itemRow);
  }
}
