import { attributeValue } from '../../attributes/attribute-value.js';
import { fixedValue } from '../../aggregation/fixed-value.js';
import type { Consumer } from '../../component/consumer.js';
import { converting } from '../../component/converting.js';
import type { Connector, ConnectorContext } from '../../component/define.js';
import { key } from '../../otlp/view/key.js';
import type { FunctionServices } from '../../ottl/function.js';
import { refusing } from '../../statements/failures.js';
import { clientInfo, functionServices } from '../../statements/services.js';
import { unknownKeys, type CountedAttributeConfig, type Config, type SectionConfig } from './config.js';
import { Counting, type SectionPlan } from './counting.js';
import type { CountedAttribute, CountPlan } from './metric-counter.js';
import { countCondition, sectionsFor, type CountedKind } from './sections.js';

/** Hands on, in place of each batch, metrics that count its items. */
export function createCount(config: Config, context: ConnectorContext, next: Consumer): Connector {
  const { id, from, to, ledger, logger, clock } = context;
  for (const path of unknownKeys(config))
    logger.warn('An option is not known and has no effect, as in the Collector', { option: path });
  const services = functionServices(context);
  const plans = sectionsFor[from].flatMap((section): readonly SectionPlan[] => {
    const metrics = plansOf(section.name, config[section.name], services);
    return metrics.length === 0 ? [] : [{ section, metrics }];
  });
  const usual = new Counting(plans);
  return converting({
    next,
    books: ledger.component(id, from),
    made: ledger.component(id, to),
    *convert(batch, large, request) {
      if (plans.length === 0) return undefined;
      // Between the pieces of a large batch others are counted.
      const counting = large ? new Counting(plans) : usual;
      return yield* refusing(counting.counting(batch, clientInfo(request), clock.unixMs()));
    },
  });
}

function plansOf(section: CountedKind, metrics: SectionConfig, services: FunctionServices): readonly CountPlan[] {
  return Object.entries(metrics).map(([name, { description, conditions, attributes }]) => ({
    name,
    description,
    conditions: conditions.map((condition) => countCondition(section, condition, services)),
    attributes: attributes.map(attributeOf),
  }));
}

function attributeOf({ key: name, default_value: given }: CountedAttributeConfig): CountedAttribute {
  const fallback = attributeValue(given);
  return { key: key(name), fallback: fallback === undefined ? undefined : fixedValue(fallback) };
}
