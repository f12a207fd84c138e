import { inUseUnless } from '../../../component/schema/in-use.js';
import { list, text, type Schema } from '../../../component/schema/schema.js';
import { pattern, patternFault } from '../../../pattern/pattern.js';

/** An option with patterns for the names of `what`, such as tags. */
export function namePatterns(what: string): Schema<readonly string[]> {
  const checked = inUseUnless(text(), (source) => {
    const message = patternFault(source);
    return message === undefined ? undefined : { message, hint: 'Write a regular expression as RE2 has it.' };
  });
  return list(checked, [], {
    about: `Regular expressions (RE2): ${what} whose names match one of them become attributes.`,
  });
}

/** Whether a name matches one of the patterns. */
export function nameMatcher(sources: readonly string[]): (name: string) => boolean {
  const patterns = sources.map((source) => pattern(source));
  return (name) => patterns.some((each) => each.test(name));
}
