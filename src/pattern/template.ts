/** A replacement of Go, read: texts and groups in turn. */
export type ReplacementTemplate = readonly TemplatePart[];

/** A text, or the numbers of groups of which the first that took part counts; none for a name that is not there. */
export type TemplatePart = string | readonly number[];

const reference = /^\$(?:\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/u;
/** Longer names are no names of groups. */
const longestName = 1024;

/** Reads `$1`, `${name}` and `$$`; a `$` before anything else stands for itself. */
export function readTemplate(template: string, groupNames: readonly string[]): ReplacementTemplate {
  const parts: TemplatePart[] = [];
  let text = '';
  for (let at = 0; at < template.length;) {
    const dollar = template.indexOf('$', at);
    if (dollar < 0) {
      text += template.slice(at);
      break;
    }
    text += template.slice(at, dollar);
    const found = reference.exec(template.slice(dollar, dollar + longestName));
    if (found === null) {
      text += '$';
      at = dollar + (template[dollar + 1] === '$' ? 2 : 1);
      continue;
    }
    if (text !== '') parts.push(text);
    text = '';
    parts.push(numbersOf(found[1] ?? found[2] ?? '', groupNames));
    at = dollar + found[0].length;
  }
  if (text !== '') parts.push(text);
  return parts;
}

function numbersOf(name: string, groupNames: readonly string[]): readonly number[] {
  if (/^(?:0|[1-9]\d{0,7})$/.test(name)) return Number(name) < groupNames.length ? [Number(name)] : [];
  return groupNames.flatMap((own, number) => (own === name ? [number] : []));
}

export function expandTemplate(template: ReplacementTemplate, groups: readonly (string | undefined)[]): string {
  let text = '';
  for (const part of template) text += typeof part === 'string' ? part : firstPresent(part, groups);
  return text;
}

function firstPresent(numbers: readonly number[], groups: readonly (string | undefined)[]): string {
  for (const number of numbers) {
    const group = groups[number];
    if (group !== undefined) return group;
  }
  return '';
}
