import { operatorOptions, type CommonOperatorOptions, type OptionChecks } from '../operator-options.js';
import type { Schema, Shape } from '../../component/schema/schema.js';
import { fieldOption } from '../field.js';
import { embeddedShape, type EmbeddedOptions } from './embedded.js';

/** The options of every parser. */
export interface ParserOptions extends CommonOperatorOptions, EmbeddedOptions {
  readonly parse_from: string;
  readonly parse_to: string;
}

type OwnShape = Shape<Omit<ParserOptions, keyof CommonOperatorOptions>>;

const shape: OwnShape = {
  parse_from: fieldOption('body', { about: 'Field with the text to parse.' }),
  parse_to: fieldOption(
    'attributes',
    { about: 'Field whose map gets what was parsed, beside what is there.' },
    'rooted',
  ),
  ...embeddedShape,
};

/** The options of a type of parser: its own, and those of all parsers and operators. */
export function parserOptions<Own extends object>(
  type: string,
  own: Shape<Own>,
  checks: OptionChecks<Own & ParserOptions> = {},
): Schema<Own & ParserOptions> {
  // The compiler does not see that a shape of both is the shape of their intersection.
  return operatorOptions<Own & ParserOptions>(
    type,
    { ...shape, ...own } as unknown as Shape<Own & ParserOptions>,
    checks as OptionChecks<Own & ParserOptions & CommonOperatorOptions>,
  ) as Schema<Own & ParserOptions>;
}
