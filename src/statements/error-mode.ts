import { text, type Schema } from '../component/schema/schema.js';
import type { ErrorMode } from '../ottl/sequence.js';

const modes: readonly string[] = ['ignore', 'silent', 'propagate'];

const fault = (value: string): string | undefined =>
  modes.includes(value.toLowerCase()) ? undefined : `unknown error mode ${value}`;

/** The option `error_mode`, in upper or lower case. `unset`: what it means when it is not set, where that varies. */
export function errorMode(fallback: ErrorMode | '' = 'ignore', unset = ''): Schema<string> {
  return text(
    fallback,
    {
      about:
        'When a statement or condition fails on an item: `ignore` logs it and goes on, `silent` goes on without a ' +
        `log line, \`propagate\` refuses the whole request.${unset}`,
    },
    (value) => (value === fallback ? undefined : fault(value)),
  );
}

/** The option `error_mode` of a group; '' leaves it to the component's. */
export function groupErrorMode(): Schema<string> {
  return text('', { about: 'The same for this group alone.' }, (value) => (value === '' ? undefined : fault(value)));
}

/** The mode that a text names; `outer` where it names none. */
export function modeOf(given: string, outer: string): ErrorMode {
  return (given === '' ? outer : given).toLowerCase() as ErrorMode;
}
