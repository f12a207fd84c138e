import type { Step } from './strptime.js';

/** One step of a layout that a `TimeText` reads: text that stands there, or a part of the date named as in Go. */
export interface LayoutStep {
  /** Undefined for text. */
  readonly element: LayoutElement | undefined;
  /** The text, or the element as it was written, for messages. */
  readonly text: string;
  /** Whether spaces in front of it are passed over. */
  readonly afterSpace: boolean;
}

/** Numbers in two digits end with "!" where one digit is not enough; `.000` stands for that many digits. */
export type LayoutElement =
  | '2006' | '06' | '2006|06' | 'January' | 'Jan' | 'Monday' | 'Mon'
  | '1' | '01!' | '2' | '02!' | '_2' | '002!' | '__2' | '15' | '3' | '03!' | '4' | '04!' | '5' | '05!'
  | 'PM' | 'pm' | '.000' | '.999' | 'MST'
  | 'Z0700' | 'Z07:00' | 'Z07' | 'Z070000' | 'Z07:00:00' | 'Z0700|Z07:00|Z07'
  | '-0700' | '-07:00' | '-07' | '-070000' | '-07:00:00'; // prettier-ignore

/** The steps of a strptime layout, as `readingSteps` gives them. */
export function strptimeLayout(steps: readonly Step[]): readonly LayoutStep[] {
  return steps.map(({ element, text, directive }) => ({
    // Numbers are read with or without zeros in front.
    element: withoutZero(element),
    text: element === undefined ? text : directive,
    afterSpace: directive.startsWith('%') && /^[0-9Z]/.test(text),
  }));
}

function withoutZero(element: Step['element']): LayoutElement | undefined {
  switch (element) {
    case '01':
      return '1';
    case '02':
      return '2';
    case '03':
      return '3';
    case '04':
      return '4';
    case '05':
      return '5';
    default:
      return element;
  }
}
