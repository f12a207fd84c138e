import type { PathAccess } from '../expression.js';
import type { Context, Path } from '../context.js';
import { StatementError } from '../ottl-error.js';
import { BatchScene, type ScenePlace } from './batch-scene.js';
import { logEnums, metricEnums, noEnums, pointEnums, spanEnums, type Enums } from './enums.js';
import { cachePath } from './paths/cache.js';
import { otelcolPaths } from './paths/otelcol.js';
import { accessOf, type PathTable } from './path-table.js';
import { dataPointPaths } from './tables/data-point.js';
import { exemplarPaths } from './tables/exemplar.js';
import { logPaths } from './tables/log.js';
import { metricPaths } from './tables/metric.js';
import { profilePaths } from './tables/profile.js';
import { resourcePaths, scopePaths } from './tables/resource.js';
import { spanEventPaths } from './tables/span-event.js';
import { spanPaths } from './tables/span.js';

/** The contexts in which statements and conditions run. */
export type ContextName =
  | 'resource'
  | 'scope'
  | 'span'
  | 'spanevent'
  | 'metric'
  | 'datapoint'
  | 'exemplar'
  | 'log'
  | 'profile';

interface Level {
  readonly table: PathTable;
  readonly place: ScenePlace;
  readonly enums: Enums;
  /** The context of what is around it. */
  readonly above: ContextName | undefined;
}

const levels: Readonly<Record<ContextName, Level>> = {
  resource: { table: resourcePaths, place: 'resource', enums: noEnums, above: undefined },
  scope: { table: scopePaths, place: 'scope', enums: noEnums, above: 'resource' },
  span: { table: spanPaths, place: 'item', enums: spanEnums, above: 'scope' },
  spanevent: { table: spanEventPaths, place: 'part', enums: spanEnums, above: 'span' },
  metric: { table: metricPaths, place: 'item', enums: metricEnums, above: 'scope' },
  datapoint: { table: dataPointPaths, place: 'part', enums: pointEnums, above: 'metric' },
  exemplar: { table: exemplarPaths, place: 'exemplar', enums: pointEnums, above: 'datapoint' },
  log: { table: logPaths, place: 'item', enums: logEnums, above: 'scope' },
  profile: { table: profilePaths, place: 'item', enums: noEnums, above: 'scope' },
};

/** The old name of a scope, and that of the sender, which every context knows. */
const oldScope = 'instrumentation_scope';
const sender = 'otelcol';

class BatchContext implements Context<BatchScene> {
  readonly name: ContextName;
  readonly reaches: readonly string[];
  readonly enums: Enums;
  readonly #own: PathTable;

  constructor(name: ContextName) {
    this.name = name;
    this.enums = levels[name].enums;
    this.#own = { ...levels[name].table, cache: cachePath };
    const around: string[] = [];
    for (let level: ContextName | undefined = name; level !== undefined; level = levels[level].above)
      around.push(...(level === 'scope' ? ['scope', oldScope] : [level]));
    this.reaches = [...around, sender];
  }

  path(path: Path): PathAccess {
    const context = path.context === oldScope ? 'scope' : path.context;
    if (context === sender) return accessOf(path, otelcolPaths, 'resource', sender);
    if (context === '' || context === this.name) return accessOf(path, this.#own, levels[this.name].place, this.name);
    const level = this.reaches.includes(context) ? levels[context as ContextName] : undefined;
    if (level === undefined)
      throw new StatementError(
        `"${context}" cannot be reached from the context "${this.name}": ${this.reaches.join(', ')} can`,
        path.offset,
      );
    if (path.segments[0]?.name === 'cache')
      throw new StatementError(
        `the cache of another context cannot be used here: write ${this.name}.cache in place of ${context}.cache`,
        path.offset,
      );
    return accessOf(path, level.table, level.place, context);
  }

  scene(): BatchScene {
    return new BatchScene(this.name);
  }
}

/** The context of a name. */
export const contexts: Readonly<Record<ContextName, Context<BatchScene>>> = {
  resource: new BatchContext('resource'),
  scope: new BatchContext('scope'),
  span: new BatchContext('span'),
  spanevent: new BatchContext('spanevent'),
  metric: new BatchContext('metric'),
  datapoint: new BatchContext('datapoint'),
  exemplar: new BatchContext('exemplar'),
  log: new BatchContext('log'),
  profile: new BatchContext('profile'),
};
