import type { RequestContext } from '../../component/consumer.js';
import type { Batch } from '../../otlp/batch.js';
import type { InPieces } from '../../otlp/work.js';
import { BatchScene } from '../../ottl/contexts/batch-scene.js';
import { OttlError } from '../../ottl/ottl-error.js';
import type { ClientInfo, Scene } from '../../ottl/scene.js';
import type { ErrorMode, ReportFailure } from '../../ottl/sequence.js';
import { ChangingWalk } from '../../ottl/walk/changing-walk.js';
import { ReadingWalk } from '../../ottl/walk/reading-walk.js';
import { clientInfo } from '../../statements/services.js';
import type { CompiledRoute, ItemContext } from './compile-route.js';
import { RouteDecisions } from './decisions.js';
import { isEditing, type PlannedRoute, type RoutingPlan, type RoutingStep } from './plan.js';
import { holdsFor } from './request-condition.js';
import { UnitRange } from './unit-range.js';

type ItemRoute = Extract<CompiledRoute, { readonly context: ItemContext }>;

/** The way in which a failure of a condition or an editor on an item is handled. */
export interface Failures {
  readonly mode: ErrorMode;
  readonly report: ReportFailure;
}

/** Decides which routes the items of batches take, one batch at a time. */
export class RouteDecider {
  readonly #plan: RoutingPlan;
  readonly #failures: Failures;
  /** By step of the plan; undefined where it looks at no items. */
  readonly #walks: readonly (StepWalk | undefined)[];
  readonly #request: BatchScene = new BatchScene('otelcol');

  constructor(plan: RoutingPlan, failures: Failures) {
    this.#plan = plan;
    this.#failures = failures;
    this.#walks = plan.steps.map((step) =>
      step.context === 'request' || step.context === 'otelcol'
        ? undefined
        : new StepWalk(step.context, step.routes, failures),
    );
  }

  /** The caller releases the decisions. Throws an `OttlError` when something fails and failures propagate. */
  *deciding(batch: Batch, context: RequestContext): InPieces<RouteDecisions> {
    const decisions = new RouteDecisions(this.#plan, batch);
    const client = clientInfo(context);
    try {
      for (const [i, step] of this.#plan.steps.entries()) {
        if (decisions.left === 0) break;
        const walk = this.#walks[i];
        if (walk) yield* walk.deciding(decisions, client);
        else this.#decideAll(step, decisions, context, client);
      }
    } catch (error) {
      decisions.release();
      throw error;
    }
    return decisions;
  }

  /** Routes that the whole request takes. */
  #decideAll(step: RoutingStep, decisions: RouteDecisions, context: RequestContext, client: ClientInfo): void {
    for (const route of step.routes)
      if (decisions.left > 0 && this.#holds(route.when, context, client))
        decisions.take(route, 0, decisions.batch.itemCount);
  }

  #holds(when: CompiledRoute, context: RequestContext, client: ClientInfo): boolean {
    if (when.context === 'request') return holdsFor(when.condition, context);
    this.#request.client = client;
    try {
      return matches(when, this.#request, this.#failures);
    } finally {
      this.#request.left();
    }
  }
}

/** Decides the routes of one step. */
class StepWalk {
  readonly #context: ItemContext;
  readonly #walk: ReadingWalk;
  readonly #units: UnitRange;
  readonly #routes: readonly PlannedRoute[];
  readonly #failures: Failures;
  /** The last route when it changes what takes it. */
  readonly #editing: PlannedRoute | undefined;

  constructor(context: ItemContext, routes: readonly PlannedRoute[], failures: Failures) {
    this.#context = context;
    this.#walk = new ReadingWalk(context);
    this.#units = new UnitRange(context);
    this.#routes = routes;
    this.#failures = failures;
    this.#editing = routes.find(isEditing);
  }

  *deciding(decisions: RouteDecisions, client: ClientInfo): InPieces<void> {
    const walk = this.#walk;
    const units = this.#units;
    units.open(decisions.batch);
    yield* walk.reading(decisions.batch, client, (scene) => {
      units.next(walk.itemRow);
      for (const route of this.#routes) {
        if (!decisions.hasFree(units.from, units.to)) return;
        if (matches(route.when as ItemRoute, scene, this.#failures)) decisions.take(route, units.from, units.to);
      }
    });
    if (this.#editing && decisions.hasAny(this.#editing)) yield* this.#edit(this.#editing, decisions, client);
    units.close();
  }

  /** Changes what takes a route, in a batch of its own: what takes another one stays as it is. */
  *#edit(route: PlannedRoute, decisions: RouteDecisions, client: ClientInfo): InPieces<void> {
    const walk = new ChangingWalk(this.#context);
    const units = this.#units;
    const when = route.when as ItemRoute;
    units.open(decisions.batch);
    const changed = yield* walk.changing(decisions.batch, client, (scene) => {
      units.next(walk.itemRow);
      if (!decisions.hasTaken(route, units.from, units.to)) return;
      try {
        when.edit?.(scene);
      } catch (error) {
        failed(error, when, 'statement', this.#failures);
        decisions.untake(route, units.from, units.to);
      }
    });
    decisions.setChanged(route, changed);
  }
}

/** Whether a route is taken; one that fails is not. */
function matches(when: Exclude<CompiledRoute, { context: 'request' }>, scene: Scene, failures: Failures): boolean {
  try {
    return when.matches(scene);
  } catch (error) {
    failed(error, when, 'condition', failures);
    return false;
  }
}

function failed(
  error: unknown,
  when: Exclude<CompiledRoute, { context: 'request' }>,
  what: 'condition' | 'statement',
  { mode, report }: Failures,
): void {
  if (!(error instanceof OttlError)) throw error;
  if (mode === 'propagate') throw new OttlError(`failed to eval ${what}: ${when.text}, ${error.message}`);
  if (mode === 'ignore') report(error, when);
}
