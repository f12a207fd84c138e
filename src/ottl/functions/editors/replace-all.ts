import type { AssignablePath } from '../../expression.js';
import { editor, type Editor } from '../../function.js';
import { literalString, string, target } from '../../parameters.js';
import { OttlError, StatementError } from '../../ottl-error.js';
import type { Scene } from '../../scene.js';
import type { Pattern } from '../../../pattern/pattern.js';
import type { Value } from '../../value.js';
import { globArgument, patternArgument } from '../pattern-argument.js';
import { mapAt, setEntries } from './map-target.js';
import { Replacement, replacementParameters } from './replacement.js';

/** Replaces what matches in all texts or in all keys of a map. */
const replaceAllPatterns: Editor = editor(
  'replace_all_patterns',
  {
    target: target(),
    mode: literalString(),
    regex_pattern: string(),
    ...replacementParameters,
  },
  (args, services) => {
    const { target: path, mode } = args;
    if (mode !== 'key' && mode !== 'value')
      throw new StatementError(`invalid mode ${mode}, must be either 'key' or 'value'`);
    const patternAt = patternArgument('replace_all_patterns', args.regex_pattern);
    const replacement = new Replacement(args, services);
    if (mode === 'key') return (scene) => replaceKeys(path, patternAt(scene), replacement, scene);
    return (scene) => {
      const pattern = patternAt(scene);
      replaceValues(path, pattern, scene, (text) => replacement.inText(text, pattern, scene));
    };
  },
);

/** Replaces all texts of a map that a glob matches. */
const replaceAllMatches: Editor = editor(
  'replace_all_matches',
  {
    target: target(),
    pattern: string(),
    ...replacementParameters,
  },
  (args, services) => {
    const patternAt = globArgument('replace_all_matches', args.pattern);
    const replacement = new Replacement(args, services);
    return (scene) => replaceValues(args.target, patternAt(scene), scene, () => replacement.whole(scene));
  },
);

/** Replaces the texts that match; a failure with one of them is thrown when the others are done. */
function replaceValues(path: AssignablePath, pattern: Pattern, scene: Scene, replace: (text: string) => string): void {
  const changed = new Map<string, Value>();
  let failure: OttlError | undefined;
  for (const [name, text] of matchingTexts(path, pattern, scene)) {
    try {
      const replaced = replace(text);
      if (replaced !== text) changed.set(name, replaced);
    } catch (error) {
      if (!(error instanceof OttlError)) throw error;
      failure ??= error;
    }
  }
  setEntries(path, scene, changed);
  if (failure !== undefined) throw failure;
}

/** The entries whose value is a text that matches, without making a map of the others where that can be avoided. */
function matchingTexts(path: AssignablePath, pattern: Pattern, scene: Scene): readonly (readonly [string, string])[] {
  const found: [string, string][] = [];
  if (path.entries === undefined) {
    for (const [name, value] of mapAt(path, scene))
      if (typeof value === 'string' && pattern.test(value)) found.push([name, value]);
    return found;
  }
  for (const entry = path.entries.walk(scene); entry.next();) {
    const { value } = entry;
    if (value.type !== 'string') continue;
    const { bytes, start, end } = value.string;
    if (pattern.testBytes(bytes, start, end)) found.push([entry.key.toString(), value.string.toString()]);
  }
  return found;
}

/** A key that becomes one that another entry has: the later entry wins. */
function replaceKeys(path: AssignablePath, pattern: Pattern, replacement: Replacement, scene: Scene): void {
  const map = mapAt(path, scene);
  const result = new Map<string, Value>();
  let isChanged = false;
  for (const [name, value] of map) {
    const replaced = pattern.test(name) ? replacement.inText(name, pattern, scene) : name;
    isChanged ||= replaced !== name;
    result.set(replaced, value);
  }
  if (isChanged) path.set(scene, result);
}

export const replaceAllEditors: readonly Editor[] = [replaceAllPatterns, replaceAllMatches];
