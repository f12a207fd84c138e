import { fieldOf, type Field } from '../../../otlp/fields.js';
import { at } from '../batch-scene.js';
import { expectBool, expectInt } from '../paths/expected.js';
import { only } from '../paths/field-choice.js';
import { attributesPath } from '../paths/maps.js';
import { listPath } from '../paths/messages.js';
import { textPath } from '../paths/texts.js';
import { elsewhere, type PathStep, type PathTable } from '../path-table.js';

/** By the type of a metric, as its constants number them. */
const slices = ['', 'Number', 'Number', 'Histogram', 'ExponentialHistogram', 'Summary'];
const temporal: readonly (Field | undefined)[] = [
  ...[undefined, undefined, fieldOf('Sum', 'aggregation_temporality'), fieldOf('Histogram', 'aggregation_temporality')],
  ...[fieldOf('ExponentialHistogram', 'aggregation_temporality'), undefined],
];
const monotonic = fieldOf('Sum', 'is_monotonic');
const points = only('Sum', 'data_points');
const sum = 2;

// Types without one have no temporality, and assigning one does nothing, as in the Collector.
const aggregationTemporality: PathStep = {
  access: ({ text, place }) => ({
    text,
    get: (scene) => {
      const field = temporal[at(scene).metricType];
      return field && BigInt(at(scene).fields(place).int32(field.number));
    },
    set: (scene, value) => {
      const number = expectInt(value);
      const field = temporal[at(scene).metricType];
      if (field) at(scene).editor(place).setNumber(field, number);
    },
  }),
};

const isMonotonic: PathStep = {
  access: ({ text, place }) => ({
    text,
    get: (scene) => (at(scene).metricType === sum ? at(scene).fields(place).bool(monotonic.number) : undefined),
    set: (scene, value) => {
      const to = expectBool(value);
      if (at(scene).metricType === sum) at(scene).editor(place).setBool(monotonic, to);
    },
  }),
};

// It can be assigned to, which does nothing, as in the Collector.
const type: PathStep = {
  access: ({ text }) => ({ text, get: (scene) => BigInt(at(scene).metricType), set: () => {} }),
};

const dataPoints: PathStep = {
  access: (end) => {
    const { get, set } = listPath(end, points, (scene) => `pmetric.${slices[scene.metricType] ?? ''}DataPointSlice`);
    return {
      text: end.text,
      get: (scene) => (at(scene).metricType === 0 ? undefined : get(scene)),
      set: (scene, value) => {
        if (at(scene).metricType !== 0) set(scene, value);
      },
    };
  },
};

export const metricPaths: PathTable = {
  name: textPath(only('Metric', 'name')),
  description: textPath(only('Metric', 'description')),
  unit: textPath(only('Metric', 'unit')),
  type,
  aggregation_temporality: elsewhere('metricData', aggregationTemporality),
  is_monotonic: elsewhere('metricData', isMonotonic),
  data_points: elsewhere('metricData', dataPoints),
  metadata: attributesPath,
};
