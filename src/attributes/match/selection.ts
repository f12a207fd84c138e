import type { AttributeTable } from '../../otlp/edit/attribute-table.js';
import type { Signal } from '../../otlp/signal.js';
import type { Key } from '../../otlp/view/key.js';
import type { ResourceView, ScopeView } from '../../otlp/view/resource.js';
import type { ItemView } from './item-properties.js';
import type { MatchConfig } from './match-config.js';
import { Properties } from './properties.js';

/**
 * The items that `include` matches and `exclude` does not. It is asked level by level: an answer holds for all items
 * below the resource or scope.
 */
export class Selection {
  readonly #include: Properties | undefined;
  readonly #exclude: Properties | undefined;
  /** Whether the resource is excluded, and so is the scope, as far as these levels say. */
  #resourceExcluded = false;
  #scopeExcluded = false;

  /** Throws a `ConfigValueError` for a property that does not apply to the signal. */
  constructor(include: MatchConfig | undefined, exclude: MatchConfig | undefined, signal: Signal) {
    const included = include && new Properties(include, signal, ['include']);
    const excluded = exclude && new Properties(exclude, signal, ['exclude']);
    // Of data points only the names of their metrics count, as in the Collector.
    this.#include = signal === 'metrics' && include?.metric_names.length === 0 ? undefined : included;
    this.#exclude = signal === 'metrics' && exclude?.metric_names.length === 0 ? undefined : excluded;
  }

  /** Keys of the attributes of items that are asked for. */
  get keys(): readonly Key[] {
    return [...(this.#include?.keys ?? []), ...(this.#exclude?.keys ?? [])];
  }

  /** Whether everything is selected, so that nothing needs to be asked. */
  get isAll(): boolean {
    return this.#include === undefined && this.#exclude === undefined;
  }

  /** Whether items have to be asked for, each by itself. */
  get ofItems(): boolean {
    return this.#include?.ofItems === true || this.#exclude?.ofItems === true;
  }

  /** Whether items below a resource can be selected. */
  hasResource(resource: ResourceView): boolean {
    this.#resourceExcluded = this.#exclude?.matchesResource(resource) ?? false;
    return this.#include?.matchesResource(resource) ?? true;
  }

  /** Whether items below a scope of that resource can be selected. */
  hasScope(scope: ScopeView): boolean {
    this.#scopeExcluded = this.#resourceExcluded && (this.#exclude?.matchesScope(scope) ?? false);
    if (this.#scopeExcluded && this.#exclude?.ofItems === false) return false;
    return this.#include?.matchesScope(scope) ?? true;
  }

  /** Whether an item of that scope is selected. `attributes`: its own, where they are in a table already. */
  hasItem(item: ItemView, attributes?: AttributeTable): boolean {
    if (this.#include && !this.#include.matchesItem(item, attributes)) return false;
    return !(this.#scopeExcluded && this.#exclude?.matchesItem(item, attributes) === true);
  }
}
