import type { Pattern } from '../../../pattern/pattern.js';
import { expandTemplate, readTemplate } from '../../../pattern/template.js';
import type { Expression } from '../../expression.js';
import type { Converter, FunctionServices } from '../../function.js';
import { OttlError, StatementError } from '../../ottl-error.js';
import { converterName, literalString, optional, string, type Argument, type Parameter } from '../../parameters.js';
import type { Scene } from '../../scene.js';
import type { Value } from '../../value.js';
import { withPattern } from '../pattern-argument.js';

/** Parameters that stand last in all functions that replace. */
export const replacementParameters: {
  readonly replacement: Parameter<Expression<string>>;
  readonly function: Parameter<Converter | undefined>;
  readonly replacement_format: Parameter<string | undefined>;
} = {
  replacement: string(),
  function: optional(converterName()),
  replacement_format: optional(literalString()),
};

/** The arguments that all functions that replace have. */
export interface ReplacementArguments {
  readonly replacement: Expression<string>;
  /** Changes what a replacement has become. */
  readonly function: Converter | undefined;
  readonly replacement_format: string | undefined;
}

/** Texts that replace others. */
export class Replacement {
  readonly #template: Expression<string>;
  readonly #change: ((scene: Scene, text: string) => string) | undefined;

  constructor(args: ReplacementArguments, services: FunctionServices) {
    this.#template = args.replacement;
    const format = formatter(args.replacement_format);
    const call = args.function && callWithText(args.function, services);
    this.#change = call && ((scene, text) => format(call(scene, text)));
  }

  /** Replaces the matches of a pattern. */
  inText(text: string, pattern: Pattern, scene: Scene): string {
    const change = this.#change;
    const template = this.#template.get(scene);
    if (change === undefined) return withPattern(() => pattern.replaceAll(text, template));
    const parts = readTemplate(template, pattern.groupNames);
    return withPattern(() =>
      pattern.replaceAllWith(text, ({ groups }) => change(scene, expandTemplate(parts, groups))),
    );
  }

  /** Replaces a whole text. */
  whole(scene: Scene): string {
    const text = this.#template.get(scene);
    return this.#change === undefined ? text : this.#change(scene, text);
  }
}

/** The result of a function stands for the `%s` of a format. */
function formatter(format: string | undefined): (text: string) => string {
  if (format === undefined) return (text) => text;
  const parts = format.split('%s');
  const [before = '', behind = ''] = parts;
  if (parts.length !== 2 || (before + behind).includes('%'))
    throw new StatementError(
      'replacementFormat must be format string containing a single %s and no other format specifiers',
    );
  return (text) => before + text + behind;
}

/** Calls a converter with one text, of which it makes another. */
function callWithText(converter: Converter, services: FunctionServices): (scene: Scene, text: string) => string {
  let current = '';
  const expression: Expression = { get: () => current, constant: undefined, path: undefined };
  const argument: Argument = { kind: 'expression', expression, offset: 0 };
  const names = Object.keys(converter.parameters);
  const accepted: Record<string, unknown> = {};
  for (const [place, name] of names.entries()) {
    const parameter = converter.parameters[name];
    if (parameter === undefined) continue;
    if (place > 0 && !parameter.isOptional)
      throw new StatementError(`${converter.name} needs more than one argument, so that it cannot replace a text`);
    accepted[name] = place === 0 ? parameter.accept(argument) : parameter.absent();
  }
  const call = converter.build(accepted, services);
  return (scene, text) => {
    current = text;
    return textOf(call(scene));
  };
}

function textOf(value: Value): string {
  if (typeof value !== 'string') throw new OttlError('the replacement value must be a string');
  return value;
}
