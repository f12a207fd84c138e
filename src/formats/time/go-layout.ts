import type { LayoutElement, LayoutStep } from './layout-step.js';

/** How Go writes the elements of a layout; of those that begin alike the longest stands first. */
const elements: readonly (readonly [written: string, element: LayoutElement])[] = [
  ['January', 'January'],
  ['Jan', 'Jan'],
  ['Monday', 'Monday'],
  ['Mon', 'Mon'],
  ['MST', 'MST'],
  ['2006', '2006'],
  ['002', '002!'],
  ['01', '01!'],
  ['02', '02!'],
  ['03', '03!'],
  ['04', '04!'],
  ['05', '05!'],
  ['06', '06'],
  ['__2', '__2'],
  ['_2', '_2'],
  ['15', '15'],
  ['1', '1'],
  ['2', '2'],
  ['3', '3'],
  ['4', '4'],
  ['5', '5'],
  ['PM', 'PM'],
  ['pm', 'pm'],
  ['-070000', '-070000'],
  ['-07:00:00', '-07:00:00'],
  ['-0700', '-0700'],
  ['-07:00', '-07:00'],
  ['-07', '-07'],
  ['Z070000', 'Z070000'],
  ['Z07:00:00', 'Z07:00:00'],
  ['Z0700', 'Z0700'],
  ['Z07:00', 'Z07:00'],
  ['Z07', 'Z07'],
];

/** The steps of a layout of Go's package `time`. Any text is one: what is no element stands for itself. */
export function goLayout(layout: string): readonly LayoutStep[] {
  const steps: LayoutStep[] = [];
  let from = 0;
  const plain = (to: number): void => {
    if (to > from) steps.push({ element: undefined, text: layout.slice(from, to), afterSpace: false });
  };
  for (let at = 0; at < layout.length;) {
    const found = fractionAt(layout, at) ?? elementAt(layout, at);
    if (found === undefined) {
      at++;
      continue;
    }
    plain(at);
    steps.push({ element: found.element, text: found.text, afterSpace: false });
    at += found.text.length;
    from = at;
  }
  plain(layout.length);
  return steps;
}

interface FoundElement {
  readonly element: LayoutElement;
  readonly text: string;
}

/** A point or comma and zeros or nines, before anything but a digit. */
function fractionAt(layout: string, at: number): FoundElement | undefined {
  const [text] = /^[.,](?:0+|9+)(?![0-9])/.exec(layout.slice(at, at + 32)) ?? [];
  return text === undefined ? undefined : { text, element: text.charAt(1) === '0' ? '.000' : '.999' };
}

function elementAt(layout: string, at: number): FoundElement | undefined {
  for (const [text, element] of elements) {
    if (!layout.startsWith(text, at)) continue;
    // `Jan` of `Janus` is no month.
    if ((text === 'Jan' || text === 'Mon') && /[a-z]/.test(layout.charAt(at + text.length))) continue;
    // `_2006` is an underscore and a year.
    if (text === '_2' && layout.startsWith('_2006', at)) continue;
    return { element, text };
  }
  return undefined;
}
