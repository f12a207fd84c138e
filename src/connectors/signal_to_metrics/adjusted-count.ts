import { fieldOf } from '../../otlp/fields.js';
import { Range } from '../../otlp/view/range.js';
import { at } from '../../ottl/contexts/batch-scene.js';
import { converter, type Converter } from '../../ottl/function.js';
import { OttlError } from '../../ottl/ottl-error.js';
import { probabilityOf } from '../../sampling/threshold.js';
import { TraceState } from '../../sampling/trace-state.js';

const traceState = fieldOf('Span', 'trace_state').number;

/**
 * `AdjustedCount()`: how many spans a sampled span stands for, by the threshold in its tracestate (`ot=th:...`); 1.0
 * where it has none.
 */
export const adjustedCount: Converter = converter('AdjustedCount', {}, () => {
  const state = new TraceState();
  const range = new Range();
  return (scene) => {
    const { bytes, start, end } = at(scene).fields('item').range(traceState, range);
    if (start === end) return 1;
    if (!state.read(bytes, start, end)) throw new OttlError('failed to parse w3c tracestate');
    return state.hasThreshold ? 1 / probabilityOf(state.threshold) : 1;
  };
});
