import { ExpositionFault } from '../parse/fault.js';
import { nameLabel, type LabelMap } from '../parse/metric.js';

/** The bounds of the samples of a scrape; 0 is no bound. */
export interface SampleLimits {
  readonly samples: number;
  readonly labels: number;
  readonly labelName: number;
  readonly labelValue: number;
}

/** The labels of the target win, and those of the sample get another name; with `honor` it is the other way round. */
export function addTargetLabels(labels: LabelMap, target: LabelMap, honor: boolean): void {
  if (honor) {
    for (const [name, value] of target) if (!labels.has(name)) labels.set(name, value);
    return;
  }
  const exposed: [string, string][] = [];
  for (const [name, value] of target) {
    const given = labels.get(name) ?? '';
    if (given !== '') exposed.push([name, given]);
    labels.set(name, value);
  }
  exposed.sort(([a], [b]) => a.length - b.length);
  for (const [name, value] of exposed) {
    let other = `exported_${name}`;
    while ((labels.get(other) ?? '') !== '') other = `exported_${other}`;
    labels.set(other, value);
  }
}

/** Throws when there are too many labels, or one is too long. */
export function checkLimits(labels: LabelMap, limits: SampleLimits): void {
  const { labels: most, labelName, labelValue } = limits;
  const metric = labels.get(nameLabel);
  if (most > 0 && labels.size > most)
    throw new ExpositionFault(
      `label_limit exceeded (metric: ${metric?.slice(0, 50)}, number of labels: ${labels.size}, limit: ${most})`,
    );
  if (labelName === 0 && labelValue === 0) return;
  for (const [name, value] of labels) {
    if (labelName > 0 && Buffer.byteLength(name) > labelName)
      throw new ExpositionFault(
        `label_name_length_limit exceeded (metric: ${metric?.slice(0, 50)}, label name: ${name.slice(0, 50)}, ` +
          `length: ${Buffer.byteLength(name)}, limit: ${labelName})`,
      );
    if (labelValue > 0 && Buffer.byteLength(value) > labelValue)
      throw new ExpositionFault(
        `label_value_length_limit exceeded (metric: ${metric?.slice(0, 50)}, label name: ${name.slice(0, 50)}, ` +
          `length: ${Buffer.byteLength(value)}, limit: ${labelValue})`,
      );
  }
}
