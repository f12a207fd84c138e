/** A part of a date, named as Go's layouts write it: `01` is the month in two digits, `1` the month without padding. */
export type Element =
  | '2006' | '06' | '2006|06'
  | 'January' | 'Jan' | '01' | '1'
  | 'Monday' | 'Mon' | '02' | '_2' | '2'
  | '15' | '03' | '3' | '04' | '4' | '05' | '5'
  | 'PM' | 'pm'
  | '.999'
  | 'MST' | 'Z0700' | 'Z0700|Z07:00|Z07' | '-0700' | '-07' | '-07:00' | '-07:00:00' | '-070000'; // prettier-ignore

/** One step of a format: text that stands there, or a part of the date. */
export interface Step {
  /** Undefined for text. */
  readonly element: Element | undefined;
  /** The text, or the element as Go's messages show it. */
  readonly text: string;
  /** The directive that it comes from, as messages show it: `%D`; the text itself for one outside of directives. */
  readonly directive: string;
  /** Digits of a fraction of seconds, for `.999`. */
  readonly digits: number;
}

const written: Readonly<Record<string, readonly string[]>> = {
  '%Y': ['2006'],
  '%y': ['06'],
  '%m': ['01'],
  // The Collector's layout for it is `_1`, which Go reads as an underscore before the month.
  '%o': ['_', '1'],
  '%q': ['1'],
  '%b': ['Jan'],
  '%h': ['Jan'],
  '%B': ['January'],
  '%d': ['02'],
  '%e': ['_2'],
  '%g': ['2'],
  '%a': ['Mon'],
  '%A': ['Monday'],
  '%H': ['15'],
  '%l': ['3'],
  '%I': ['03'],
  '%p': ['PM'],
  '%P': ['pm'],
  '%M': ['04'],
  '%S': ['05'],
  '%L': ['999'],
  '%f': ['999999'],
  '%s': ['999999999'],
  '%Z': ['MST'],
  '%z': ['Z0700'],
  '%w': ['-070000'],
  '%i': ['-07'],
  '%j': ['-07:00'],
  '%k': ['-07:00:00'],
  '%D': ['01', '/', '02', '/', '2006'],
  '%x': ['01', '/', '02', '/', '2006'],
  '%F': ['2006', '-', '01', '-', '02'],
  '%T': ['15', ':', '04', ':', '05'],
  '%X': ['15', ':', '04', ':', '05'],
  '%r': ['03', ':', '04', ':', '05', ' ', 'pm'],
  '%R': ['15', ':', '04'],
  '%n': ['\n'],
  '%t': ['\t'],
  '%%': ['%'],
  '%c': ['Mon', ' ', 'Jan', ' ', '02', ' ', '15', ':', '04', ':', '05', ' ', '2006'],
};

/** Directives that accept more when a text is read than they write. */
const read: Readonly<Record<string, readonly string[]>> = {
  '%m': ['1'],
  '%o': ['1'],
  '%d': ['2'],
  '%e': ['2'],
  '%I': ['3'],
  '%M': ['4'],
  '%S': ['5'],
  '%D': ['1', '/', '2', '/', '2006|06'],
  '%x': ['1', '/', '2', '/', '2006|06'],
  '%F': ['2006', '-', '1', '-', '2'],
  '%T': ['15', ':', '4', ':', '5'],
  '%X': ['15', ':', '4', ':', '5'],
  '%r': ['3', ':', '4', ':', '5', ' ', 'pm'],
  '%R': ['15', ':', '4'],
  '%c': ['Mon', ' ', 'Jan', ' ', '2', ' ', '15', ':', '4', ':', '5', ' ', '2006'],
  '%z': ['Z0700|Z07:00|Z07'],
};

const elements: ReadonlySet<string> = new Set<Element>([
  '2006', '06', '2006|06', 'January', 'Jan', '01', '1', 'Monday', 'Mon', '02', '_2', '2', '15', '03', '3', '04', '4',
  '05', '5', 'PM', 'pm', 'MST', 'Z0700', 'Z0700|Z07:00|Z07', '-0700', '-07', '-07:00', '-07:00:00', '-070000',
]); // prettier-ignore

/** Elements that the Collector finds in a format's own text too: `Jan %d` writes the name of the month. */
const inText = ['January', 'Jan', 'Monday', 'Mon', 'MST', 'PM', 'pm'] as const;

/** Why a format cannot be used; undefined when it can. */
export function formatFault(format: string): string | undefined {
  if (format === '') return 'the format of a time cannot be empty';
  if (/\d/.test(format)) return 'the format of a time cannot contain digits: use %Y, %m, %d, ...';
  const fraction = /[^.,](%[Lfs])/.exec(format);
  if (fraction !== null)
    return `${fraction[1]} must stand behind "." or ",", as in "%S.${fraction[1]}": got "${fraction[0]}"`;
  for (const [directive] of format.matchAll(/%[^\n]/g))
    if (!Object.hasOwn(written, directive)) return `unknown directive ${directive} in the format of a time`;
  return undefined;
}

/** The steps that write a time. */
export function writingSteps(format: string): readonly Step[] {
  return steps(format, (directive) => written[directive] ?? []);
}

/** The steps that read a time: numbers with or without zeros in front, and several forms of time zones. */
export function readingSteps(format: string): readonly Step[] {
  return steps(format, (directive) => read[directive] ?? written[directive] ?? []);
}

function steps(format: string, parts: (directive: string) => readonly string[]): readonly Step[] {
  const result: Step[] = [];
  let at = 0;
  for (const match of format.matchAll(/%[^\n]/g)) {
    literal(format.slice(at, match.index), result);
    for (const part of parts(match[0])) directiveStep(part, match[0], result);
    at = match.index + match[0].length;
  }
  literal(format.slice(at), result);
  return result;
}

function directiveStep(part: string, directive: string, into: Step[]): void {
  if (elements.has(part)) {
    into.push({ element: part as Element, text: part, directive, digits: 0 });
    return;
  }
  const before = into.at(-1);
  const point = before?.element === undefined ? before?.text.at(-1) : undefined;
  if (before === undefined || !part.startsWith('999') || (point !== '.' && point !== ',')) {
    into.push({ element: undefined, text: part, directive, digits: 0 });
    return;
  }
  // The point belongs to the fraction, which is left out as a whole when there is none.
  into.pop();
  if (before.text.length > 1) into.push({ ...before, text: before.text.slice(0, -1) });
  into.push({ element: '.999', text: `${point}${part}`, directive: `${point}${part}`, digits: part.length });
}

function literal(text: string, into: Step[]): void {
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const element = elementAt(text, i);
    if (element === undefined) continue;
    plain(text.slice(from, i), into);
    into.push({ element, text: element, directive: element, digits: 0 });
    i += element.length - 1;
    from = i + 1;
  }
  plain(text.slice(from), into);
}

function plain(text: string, into: Step[]): void {
  if (text !== '') into.push({ element: undefined, text, directive: text, digits: 0 });
}

function elementAt(text: string, at: number): Element | undefined {
  return inText.find((name) => {
    if (!text.startsWith(name, at)) return false;
    // `Mon` in `Month` is no weekday.
    return (name !== 'Jan' && name !== 'Mon') || !/[a-z]/.test(text.charAt(at + name.length));
  });
}
