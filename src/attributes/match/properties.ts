import type { AttributeTable } from '../../otlp/edit/attribute-table.js';
import { valueText } from '../../otlp/keys/value-text.js';
import type { Signal } from '../../otlp/signal.js';
import { key, type Key } from '../../otlp/view/key.js';
import { MetricView } from '../../otlp/view/metric.js';
import type { ResourceView, ScopeView } from '../../otlp/view/resource.js';
import { ValueView } from '../../otlp/view/value.js';
import { RequiredAttributes, atPath, textSet, type AttributeCondition } from './attribute-condition.js';
import { ItemProperties, type ItemView } from './item-properties.js';
import type { LibraryMatch, MatchConfig } from './match-config.js';
import { checkMatch } from './match-checks.js';
import { TextMatcher, type MatchType } from './text-matcher.js';

const serviceName = key('service.name');
const noConditions = new RequiredAttributes('strict', [], []);

interface ScopeCondition {
  readonly name: TextMatcher;
  readonly version: TextMatcher | undefined;
}

/** Properties of an item, of its scope and of its resource, all of which must match. */
export class Properties {
  readonly #services: TextMatcher | undefined;
  readonly #resources: RequiredAttributes;
  readonly #scopes: readonly ScopeCondition[];
  readonly #item: ItemProperties;
  readonly #attributes: RequiredAttributes;
  readonly #value: ValueView = new ValueView();

  /** `path`: of the configuration. Throws a `ConfigValueError` for what does not apply to the signal. */
  constructor(config: MatchConfig, signal: Signal, path: readonly string[]) {
    checkMatch(config, signal, path);
    const type: MatchType = config.match_type === 'regexp' ? 'regexp' : 'strict';
    const set = (texts: readonly string[], ...place: readonly (string | number)[]): TextMatcher | undefined =>
      texts.length === 0 ? undefined : textSet(type, texts, [...path, ...place]);
    this.#services = set(config.services, 'services');
    const resources = new RequiredAttributes(type, config.resources, [...path, 'resources']);
    this.#resources = signal === 'metrics' ? noConditions : resources;
    this.#attributes = new RequiredAttributes(type, config.attributes, [...path, 'attributes']);
    this.#scopes = config.libraries.map((match, i) => scopeCondition(type, match, [...path, 'libraries', i]));
    this.#item = new ItemProperties({
      spanNames: set(config.span_names, 'span_names'),
      spanKinds: set(config.span_kinds, 'span_kinds'),
      bodies: set(config.log_bodies, 'log_bodies'),
      severityTexts: set(config.log_severity_texts, 'log_severity_texts'),
      severity: config.log_severity_number,
      metricNames: set(config.metric_names, 'metric_names'),
    });
  }

  /** Keys of the attributes of items. */
  get keys(): readonly Key[] {
    return this.#attributes.list.map(({ key: name }) => name);
  }

  /** Whether items are told apart, not only their scopes and resources. */
  get ofItems(): boolean {
    return this.#item.isNeeded || this.#attributes.list.length > 0;
  }

  matchesResource(resource: ResourceView): boolean {
    if (this.#services && !this.#services.matchesText(this.#serviceOf(resource))) return false;
    return this.#resources.matches(resource);
  }

  matchesScope(scope: ScopeView): boolean {
    for (const { name, version } of this.#scopes)
      if (!name.matches(scope.name) || (version && !version.matches(scope.version))) return false;
    return true;
  }

  /** `attributes`: those of the item, where they are in a table already. */
  matchesItem(item: ItemView, attributes?: AttributeTable): boolean {
    if (!this.#item.matches(item)) return false;
    const { list } = this.#attributes;
    // Metrics have no attributes, and no conditions on them.
    if (attributes === undefined) return item instanceof MetricView || this.#attributes.matches(item);
    for (let i = 0; i < list.length; i++) {
      const { key: name, value } = list[i] as AttributeCondition;
      const row = attributes.find(name);
      if (row < 0 || !value.matches(attributes.value(row))) return false;
    }
    return true;
  }

  /** The name, or the Collector's text for a resource that has none. */
  #serviceOf(resource: ResourceView): string {
    return resource.attribute(serviceName, this.#value) ? valueText(this.#value) : '<nil-service-name>';
  }
}

function scopeCondition(
  type: MatchType,
  { name, version }: LibraryMatch,
  path: readonly (string | number)[],
): ScopeCondition {
  return {
    name: atPath([...path, 'name'], () => new TextMatcher(type, [name])),
    version:
      typeof version === 'string' ? atPath([...path, 'version'], () => new TextMatcher(type, [version])) : undefined,
  };
}
