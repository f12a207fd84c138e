import { group, list, map, text, type Schema } from '../../../component/schema/schema.js';
import { conditionFault, EntryCondition } from '../../condition.js';
import type { LogEntry } from '../../entry.js';
import {
  EntryFailure,
  defineOperator,
  type OperatorDefinition,
  type Outputs,
  type OperatorVerdict,
} from '../../operator.js';
import { checkedText, operatorOptions, type CommonOperatorOptions } from '../../operator-options.js';
import { compileTemplate, templateFault, type TextTemplate } from '../../text-template.js';

interface RouteOptions {
  readonly expr: string;
  readonly output: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
}

interface RouterOptions extends CommonOperatorOptions {
  readonly routes: readonly RouteOptions[];
  readonly default: readonly string[];
}

const route: Schema<RouteOptions> = group<RouteOptions>(
  {
    expr: checkedText({ about: 'Expression; entries for which it is true take the route.' }, conditionFault),
    output: list(text(), [], { about: 'IDs of the operators that they go to.' }),
    attributes: map(text('', undefined, templateFault), {
      about: 'Attributes that they get; `EXPR(...)` within a value stands for an expression.',
    }),
  },
  ({ expr, output }, report) => {
    if (expr === '') report("failed to compile expression '': unexpected token EOF", ['expr']);
    if (output.length === 0) report('a route needs an output', ['output']);
  },
);

/** Sends each entry to the operators of the first route whose expression is true. */
export const routerOperator: OperatorDefinition<RouterOptions> = defineOperator<RouterOptions>({
  type: 'router',
  config: operatorOptions<Omit<RouterOptions, keyof CommonOperatorOptions>>(
    'router',
    {
      routes: list(route, [], { about: 'The first one whose expression is true takes the entry.' }),
      default: list(text(), [], { about: 'IDs of the operators for all other entries. Default: they are dropped.' }),
    },
    {
      check({ routes, default: otherwise, output }, report) {
        if (routes.length === 0 && otherwise.length === 0) report('a router needs a route', ['routes']);
        if (output.length > 0) report('a router has an output for each route, and `default`', ['output']);
      },
    },
  ),
  references: ({ routes, default: otherwise }) => [
    ...routes.flatMap(({ output }, i) => output.map((id, j) => ({ id, path: ['routes', i, 'output', j] }))),
    ...otherwise.map((id, i) => ({ id, path: ['default', i] })),
  ],
  create({ routes, default: otherwise }, place) {
    const compiled = routes.map((each) => new Route(each, place.outputs(each.output)));
    const rest = otherwise.length === 0 ? undefined : place.outputs(otherwise);
    return {
      process(entry) {
        for (let i = 0; i < compiled.length; i++) {
          const verdict = compiled[i]?.take(entry);
          if (verdict instanceof EntryFailure) place.fail(verdict);
          else if (verdict !== undefined) return verdict;
        }
        return rest ?? 'dropped';
      },
    };
  },
});

class Route {
  readonly #condition: EntryCondition;
  readonly #outputs: Outputs;
  readonly #attributes: readonly (readonly [key: string, value: TextTemplate])[];

  constructor({ expr, attributes }: RouteOptions, outputs: Outputs) {
    this.#condition = new EntryCondition(expr);
    this.#outputs = outputs;
    this.#attributes = Object.entries(attributes).map(([key, value]) => [key, compileTemplate(value)]);
  }

  /** Undefined when the entry does not take the route; a failure when that is not known. */
  take(entry: LogEntry): OperatorVerdict {
    const holds = this.#condition.test(entry);
    if (holds instanceof EntryFailure) return holds;
    if (!holds) return undefined;
    for (const [key, template] of this.#attributes) {
      const value = template.text(entry);
      if (value instanceof EntryFailure) return value;
      entry.attributes.set(key, value);
    }
    return this.#outputs;
  }
}
