import { ConfigValueError } from '../../component/config-value-error.js';
import type { Consumer } from '../../component/consumer.js';
import type { ConnectorContext } from '../../component/define.js';
import type { Signal } from '../../otlp/signal.js';
import { functionServices } from '../../statements/services.js';
import { compileRoute, type CompiledRoute } from './compile-route.js';
import type { Config } from './config.js';

/** A route with its action, and the number of its target. */
export interface PlannedRoute {
  readonly when: CompiledRoute;
  readonly isCopy: boolean;
  readonly target: number;
}

/** Routes that follow each other and have one context: a walk over the batch decides all of them. */
export interface RoutingStep {
  readonly context: CompiledRoute['context'];
  /** Of those that change what takes them, one at most, the last. */
  readonly routes: readonly PlannedRoute[];
}

export interface RoutingPlan {
  readonly steps: readonly RoutingStep[];
  /** The consumers behind the routes: the pipelines of each target. */
  readonly targets: readonly Consumer[];
  /** The target of what no route moves; -1: it is dropped. */
  readonly fallback: number;
}

const contextsOf: Readonly<Record<Signal, readonly CompiledRoute['context'][]>> = {
  traces: ['request', 'otelcol', 'resource', 'span'],
  metrics: ['request', 'otelcol', 'resource', 'metric', 'datapoint'],
  logs: ['request', 'otelcol', 'resource', 'log'],
  profiles: ['request', 'otelcol', 'resource'],
};

/** Works a configuration out for one signal. Throws a `ConfigValueError`. */
export function routingPlan(config: Config, context: ConnectorContext): RoutingPlan {
  const { from, router, logger } = context;
  const services = functionServices(context);
  const targets: Consumer[] = [];
  const numbers = new Map<string, number>();
  const targetOf = (ids: readonly string[]): number => {
    // Items for the same pipelines are sent once, whatever routes they took.
    const name = JSON.stringify([...new Set(ids)].sort());
    const known = numbers.get(name);
    if (known !== undefined) return known;
    numbers.set(name, targets.length);
    return targets.push(router.consumer(ids)) - 1;
  };
  const routes: PlannedRoute[] = [];
  const seen = new Set<string>();
  for (const [i, route] of config.table.entries()) {
    const when = compileRoute(route, services);
    if (!contextsOf[from].includes(when.context))
      throw new ConfigValueError(`the context "${when.context}" is not one of ${from}`, ['table', i]);
    if (when.context === 'request')
      logger.warn('The context `request` is deprecated: use `otelcol.client.metadata["key"][0]`', { route: when.text });
    const name = `${when.context} ${when.text}`;
    if (seen.has(name)) {
      logger.warn('A route stands in the table already, and this one has no effect', { route: when.text });
      continue;
    }
    seen.add(name);
    routes.push({ when, isCopy: route.action === 'copy', target: targetOf(route.pipelines) });
  }
  const fallback = config.default_pipelines.length === 0 ? -1 : targetOf(config.default_pipelines);
  return { steps: stepsOf(routes), targets, fallback };
}

/** Whether a route changes what takes it. */
export function isEditing({ when }: PlannedRoute): boolean {
  return 'edit' in when && when.edit !== undefined;
}

function stepsOf(routes: readonly PlannedRoute[]): readonly RoutingStep[] {
  const steps: { context: CompiledRoute['context']; routes: PlannedRoute[] }[] = [];
  for (const route of routes) {
    const { context } = route.when;
    const last = steps.at(-1);
    const before = last?.routes.at(-1);
    // A change that fails leaves its item to the routes behind it.
    if (last?.context === context && before && !isEditing(before)) last.routes.push(route);
    else steps.push({ context, routes: [route] });
  }
  return steps;
}
