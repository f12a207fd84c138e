import { fieldOf } from '../../../otlp/fields.js';
import { Range } from '../../../otlp/view/range.js';
import { at } from '../../contexts/batch-scene.js';
import { converter, type Converter } from '../../function.js';

const parent = fieldOf('Span', 'parent_span_id').number;

/** Whether a span has no parent. */
export const isRootSpan: Converter = converter('IsRootSpan', {}, () => {
  const id = new Range();
  return (scene) => {
    const { bytes, start, end } = at(scene).fields('item').range(parent, id);
    for (let i = start; i < end; i++) if (bytes[i] !== 0) return false;
    return true;
  };
});
