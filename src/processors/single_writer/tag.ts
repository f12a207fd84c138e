import { writeAttribute } from '../../otlp/build/any-value.js';
import { tagOf } from '../../otlp/fields.js';
import { key } from '../../otlp/view/key.js';
import {
  ExponentialHistogramPointView,
  HistogramPointView,
  SummaryPointView,
  type PointView,
} from '../../otlp/view/points.js';
import { ValueView } from '../../otlp/view/value.js';
import { cutText } from '../../component/peer-text.js';
import type { PatchTarget } from './rebased-totals.js';
import type { StreamWriter } from './writers.js';

const tags = {
  number: tagOf('NumberDataPoint', 'attributes'),
  explicit: tagOf('HistogramDataPoint', 'attributes'),
  exponential: tagOf('ExponentialHistogramDataPoint', 'attributes'),
  summary: tagOf('SummaryDataPoint', 'attributes'),
};
/** In place of the mask of fields that are replaced: none, as no field has the number 0. */
const nothing = 1;
/** Tiers that may each add an attribute. */
const mostTiers = 4;
const mostText = 256;

/** Adds the attribute `name` to a point, with the identity of its writer as its value. */
export function tagging(
  name: string,
): (point: PointView, isSameIdentity: boolean, writer: StreamWriter, to: PatchTarget) => void {
  // A tier before may have added one.
  const names = Array.from({ length: mostTiers }, (_, i) => key(i === 0 ? name : `${name}.${i + 1}`));
  const value = new ValueView();
  return (point, isSameIdentity, { identityText }, { patcher, unit }) => {
    const free = names.find((each) => !point.attribute(each, value)) ?? names[mostTiers - 1];
    let text = cutText(identityText, mostText);
    // Two processes with one identity are distinguished by their start.
    if (isSameIdentity) text += `@${Math.floor(point.startTimeUnixNano.toNumber() / 1e6)}`;
    writeAttribute(patcher.patch(unit, nothing), tagFor(point), free?.text ?? name, text);
    patcher.patched(unit);
  };
}

function tagFor(point: PointView): number {
  if (point instanceof HistogramPointView) return tags.explicit;
  if (point instanceof ExponentialHistogramPointView) return tags.exponential;
  return point instanceof SummaryPointView ? tags.summary : tags.number;
}
