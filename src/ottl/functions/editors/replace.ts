import { editor, type Editor } from '../../function.js';
import { string, target } from '../../parameters.js';
import type { AssignablePath } from '../../expression.js';
import type { Scene } from '../../scene.js';
import { globArgument, patternArgument } from '../pattern-argument.js';
import { rangeReader } from '../text-range.js';
import { Replacement, replacementParameters } from './replacement.js';

/** Replaces what matches in a text; a value of another type stays as it is. */
const replacePattern: Editor = editor(
  'replace_pattern',
  {
    target: target(),
    regex_pattern: string(),
    ...replacementParameters,
  },
  (args, services) => {
    const { target: path } = args;
    const patternAt = patternArgument('replace_pattern', args.regex_pattern);
    const replacement = new Replacement(args, services);
    const mayMatch = rangeReader(pathExpression(path));
    return (scene) => {
      const pattern = patternAt(scene);
      if (mayMatch !== undefined) {
        const range = mayMatch(scene);
        if (range === undefined || !pattern.testBytes(range.bytes, range.start, range.end)) return;
      }
      const text = path.get(scene);
      if (typeof text !== 'string') return;
      const replaced = replacement.inText(text, pattern, scene);
      if (replaced !== text) path.set(scene, replaced);
    };
  },
);

/** Replaces a text that a glob matches. */
const replaceMatch: Editor = editor(
  'replace_match',
  {
    target: target(),
    pattern: string(),
    ...replacementParameters,
  },
  (args, services) => {
    const { target: path } = args;
    const patternAt = globArgument('replace_match', args.pattern);
    const replacement = new Replacement(args, services);
    const mayMatch = rangeReader(pathExpression(path));
    return (scene) => {
      const pattern = patternAt(scene);
      if (mayMatch !== undefined) {
        const range = mayMatch(scene);
        if (range === undefined || !pattern.testBytes(range.bytes, range.start, range.end)) return;
      } else {
        const text = path.get(scene);
        if (typeof text !== 'string' || !pattern.test(text)) return;
      }
      path.set(scene, replacement.whole(scene));
    };
  },
);

function pathExpression(path: AssignablePath): {
  get(scene: Scene): unknown;
  constant: undefined;
  path: AssignablePath;
} {
  return { get: (scene) => path.get(scene), constant: undefined, path };
}

export const replaceEditors: readonly Editor[] = [replacePattern, replaceMatch];
