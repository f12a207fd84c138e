import type { Range } from '../../otlp/view/range.js';
import type { Expression } from '../expression.js';
import type { Scene } from '../scene.js';

/** Reads the text of an expression in place; undefined where it is no text or can only be had as a value. */
export function rangeReader(expression: Expression<unknown>): ((scene: Scene) => Range | undefined) | undefined {
  const { path } = expression;
  if (path === undefined) return undefined;
  if (path.range !== undefined) return (scene) => path.range?.(scene);
  if (path.view === undefined) return undefined;
  return (scene) => {
    const view = path.view?.(scene);
    return view?.type === 'string' ? view.string : undefined;
  };
}
