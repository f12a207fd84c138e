import type { ExemplarView } from '../../otlp/view/exemplar.js';
import { traceLabels } from '../../prometheus/exemplars.js';
import type { Label } from '../../prometheus/labels.js';
import { attributeTexts } from '../../prometheus/resource-names.js';

/** The characters that names and values of all labels of an exemplar may have. */
const most = 128;

/** Trace, span, and the attributes of an exemplar, these only when all together are short enough. */
export function exemplarLabels(exemplar: ExemplarView): readonly Label[] {
  const trace = traceLabels(exemplar);
  const all = [...trace, ...attributeTexts(exemplar)];
  const length = all.reduce((sum, [name, value]) => sum + [...name].length + [...value].length, 0);
  return length <= most ? all : trace;
}
