import { changing } from '../../component/changing.js';
import type { Consumer } from '../../component/consumer.js';
import type { Connector, ConnectorContext } from '../../component/define.js';
import type { Batch } from '../../otlp/batch.js';
import { modeOf } from '../../statements/error-mode.js';
import { logFailure, refusing } from '../../statements/failures.js';
import { ignoreGate, type Config } from './config.js';
import { RouteDecider } from './decider.js';
import { grouping, type Routed } from './groups.js';
import { routingPlan } from './plan.js';
import { itemsOf, releaseRooms, RouteGroups } from './route-groups.js';

/** Hands the items of each batch to the pipelines of the routes that they take. */
export function createRouting(config: Config, context: ConnectorContext): Connector {
  const { id, from, ledger, logger, clock, gates } = context;
  const plan = routingPlan(config, context);
  const books = ledger.component(id, from);
  const failures = {
    mode: modeOf(config.error_mode, gates.has(ignoreGate) ? 'ignore' : 'propagate'),
    report: logFailure(logger, 'failed to evaluate a route', 'route'),
  };
  const usual = new RouteDecider(plan, failures);
  const groups = new RouteGroups({ targets: plan.targets, books, clock });
  /** Batches that have been cut and not been handed on. */
  const routed: WeakMap<Batch, Routed> = new WeakMap();
  const take = (batch: Batch): Routed => {
    const own = routed.get(batch);
    if (!own) throw new Error('the batch has not been routed');
    routed.delete(batch);
    return own;
  };
  const next: Required<Consumer> = {
    consume: (batch, request) => groups.send(take(batch), request),
    reserve(batch, request) {
      const own = routed.get(batch);
      const answer = own && groups.reserve(own, request);
      if (answer?.granted !== true) return answer;
      return {
        granted: true,
        consume: (same, later) => groups.deliver(take(same), later, answer.rooms),
        release: () => releaseRooms(answer.rooms),
      };
    },
  };
  return changing({
    next,
    books,
    *change(batch, large, request) {
      // Between the pieces of a large batch others are routed.
      const decider = large ? new RouteDecider(plan, failures) : usual;
      const decisions = yield* refusing(decider.deciding(batch, request));
      const own = yield* grouping(plan, decisions);
      const items = itemsOf(own.groups);
      const copied = items + own.dropped - batch.itemCount;
      const book = (): void => {
        books.in(batch.itemCount);
        if (copied > 0) books.created(copied);
        if (own.dropped > 0) books.dropped(own.dropped, 'no_route');
      };
      if (items === 0) return { batch: undefined, book };
      routed.set(batch, own);
      return { batch, book };
    },
    handOn: (_made, batch, request, to) => to.consume(batch, request),
  });
}
