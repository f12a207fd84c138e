import type { Signal } from '../otlp/signal.js';
import { itemDifferences, itemList, type ItemDifference } from './item-differences.js';
import { lineDiff } from './line-diff.js';
import { isMap, type Json } from './otlp-value.js';
import { readable } from './readable.js';
import type { Paint } from './report.js';
import type { TrialOutcome } from './trial.js';

/**
 * The effect of rules on each item, for people. `gone` is the word for items that are not there any more: conditions
 * alone drop those that match.
 */
export function showTrial(signal: Signal, outcomes: readonly TrialOutcome[], gone: string, paint: Paint): string {
  const lines: string[] = [];
  const counts = { items: 0, changed: 0, gone: 0, added: 0 };
  for (const [i, { before, after, refused, failures }] of outcomes.entries()) {
    const { differences, items } = itemDifferences(signal, before, after);
    const request = outcomes.length > 1 ? `request ${i + 1}: ` : '';
    for (const difference of differences) lines.push(...shown(difference, request, gone, paint));
    for (const { text, times, items: some } of failures)
      lines.push(
        paint('red', `${request}failed ${times === 1 ? 'once' : `${times} times`}: ${text}`),
        ...some.map(({ path, item }) => `  ${path}${nameOf(item)}`),
        ...(some.length > 0 && some.length < times ? ['  ...'] : []),
      );
    if (refused !== undefined) lines.push(paint('red', `${request}refused: ${refused}`));
    const ofItems = differences.filter(({ isItem }) => isItem);
    counts.items += items;
    counts.changed += ofItems.filter((each) => each.before !== undefined && each.after !== undefined).length;
    counts.gone += ofItems.filter((each) => each.after === undefined).length;
    counts.added += ofItems.filter((each) => each.before === undefined).length;
  }
  const added = counts.added > 0 ? `, ${counts.added} added` : '';
  lines.push(
    `${itemList(signal)}: ${counts.items}, of which ${counts.changed} changed, ${counts.gone} ${gone}${added}`,
  );
  return `${lines.join('\n')}\n`;
}

function shown({ path, before, after, isItem }: ItemDifference, request: string, gone: string, paint: Paint): string[] {
  // The resource and the scope of items go when they are left empty.
  const word = after === undefined ? (isItem ? gone : 'gone') : before === undefined ? 'added' : 'changed';
  const head = `${request}${path}${nameOf(before ?? after)}: ${word}`;
  if (before === undefined || after === undefined) return [paint(after === undefined ? 'red' : 'green', head)];
  return [
    head,
    ...lineDiff(readable(before), readable(after)).map((line) => {
      const indented = `  ${line}`;
      if (line.startsWith('- ')) return paint('red', indented);
      return line.startsWith('+ ') ? paint('green', indented) : indented;
    }),
  ];
}

function nameOf(item: Json | undefined): string {
  const name = isMap(item) ? item['name'] : undefined;
  return typeof name === 'string' ? ` ${JSON.stringify(name)}` : '';
}
