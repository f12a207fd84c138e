import { converter, type Converter } from '../../function.js';
import { literalString, string } from '../../parameters.js';
import { StatementError } from '../../ottl-error.js';

const toLowerCase: Converter = converter('ToLowerCase', { target: string() }, ({ target }) => {
  return (scene) => lower(target.get(scene));
});

const toUpperCase: Converter = converter('ToUpperCase', { target: string() }, ({ target }) => {
  return (scene) => upper(target.get(scene));
});

const toSnakeCase: Converter = converter('ToSnakeCase', { target: string() }, ({ target }) => {
  return (scene) => snake(target.get(scene));
});

const toCamelCase: Converter = converter('ToCamelCase', { target: string() }, ({ target }) => {
  return (scene) => camel(target.get(scene));
});

const cases: ReadonlyMap<string, (text: string) => string> = new Map([
  ['lower', lower],
  ['upper', upper],
  ['snake', snake],
  ['camel', camel],
]);

/** The older way to name the four functions above. */
const convertCase: Converter = converter(
  'ConvertCase',
  { target: string(), to_case: literalString() },
  ({ target, to_case: name }) => {
    const convert = cases.get(name);
    if (convert === undefined)
      throw new StatementError(`invalid case: ${name}, allowed cases are: lower, upper, snake, camel`);
    return (scene) => convert(target.get(scene));
  },
);

/** Go converts each character alone, so that the small sharp s stays one and a sigma is never a final one. */
function lower(text: string): string {
  const all = text.toLowerCase();
  return all.length === text.length && !text.includes('Σ') ? all : each(text, (c) => c.toLowerCase());
}

function upper(text: string): string {
  const all = text.toUpperCase();
  return all.length === text.length && !text.includes('ŉ') ? all : each(text, (c) => c.toUpperCase());
}

function each(text: string, convert: (character: string) => string): string {
  let result = '';
  for (const character of text) {
    const converted = convert(character);
    result += [...converted].length === 1 ? converted : character;
  }
  return result;
}

/** Words in small letters with `_` between them: `HTTPRequestID` is `http_request_id`. */
function snake(text: string): string {
  const trimmed = text.trim();
  let result = '';
  for (let i = 0; i < trimmed.length; i++) {
    const sign = trimmed[i] ?? '';
    if (' _-.'.includes(sign)) {
      result += '_';
      continue;
    }
    result += isUpper(sign) ? sign.toLowerCase() : sign;
    if (endsWord(sign, trimmed[i + 1] ?? '', trimmed[i + 2] ?? '')) result += '_';
  }
  return result;
}

/** Whether a word ends behind a character, as the next two show. */
function endsWord(sign: string, next: string, behind: string): boolean {
  if (next === '' || ' _-.'.includes(next)) return false;
  if (isUpper(sign)) return (isUpper(next) && isLower(behind)) || isDigit(next);
  if (isLower(sign)) return isUpper(next) || isDigit(next);
  if (isDigit(sign)) return isUpper(next) || isLower(next);
  return false;
}

/** Words that begin with a capital, without what separates them: `foo_bar` is `FooBar`. */
function camel(text: string): string {
  const words = snake(text).split('_');
  return words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('');
}

function isUpper(sign: string): boolean {
  return sign >= 'A' && sign <= 'Z';
}

function isLower(sign: string): boolean {
  return sign >= 'a' && sign <= 'z';
}

function isDigit(sign: string): boolean {
  return sign >= '0' && sign <= '9';
}

export const caseConverters: readonly Converter[] = [toLowerCase, toUpperCase, toSnakeCase, toCamelCase, convertCase];
