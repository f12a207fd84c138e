import type { PathAccess } from '../expression.js';
import type { Context, Path } from '../context.js';
import { StatementError } from '../ottl-error.js';
import { BatchScene } from './batch-scene.js';
import { noEnums } from './enums.js';
import { otelcolPaths } from './paths/otelcol.js';
import { accessOf } from './path-table.js';

const name = 'otelcol';

/** The context of a whole request: the paths of its sender alone, such as `otelcol.client.metadata["tenant"]`. */
export const otelcolContext: Context<BatchScene> = {
  name,
  reaches: [name],
  enums: noEnums,
  path: (path: Path): PathAccess => {
    if (path.context !== '' && path.context !== name)
      throw new StatementError(`"${path.context}" cannot be reached from the context "${name}"`, path.offset);
    return accessOf(path, otelcolPaths, 'resource', name);
  },
  scene: () => new BatchScene(name),
};
