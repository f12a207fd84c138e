/**
 * Sampling as docs/spec/agent.md#probabilistic-sampler and OpenTelemetry describe it, written without a look at the
 * program: slow, on text and BigInt.
 */

/** Values of randomness. */
export const whole: bigint = 1n << 56n;

/** A double as an exact fraction of whole numbers. */
function exact(value: number): readonly [bigint, bigint] {
  let scale = 1n;
  let scaled = value;
  for (; !Number.isInteger(scaled); scale *= 2n) scaled *= 2;
  return [BigInt(scaled), scale];
}

/** Zero digits at the beginning of a fraction below 1. */
function leadingZeros(value: number): number {
  let digits = 0;
  for (let rest = value; rest * 16 < 1; rest *= 16) digits++;
  return digits;
}

/** The threshold of a probability in exact arithmetic. */
export function exactThreshold(probability: number, digits: number): bigint {
  const [above, below] = exact(probability);
  const threshold = whole - (2n * above * whole + below) / (2n * below);
  if (probability === 1) return threshold;
  const leading = Math.max(leadingZeros(probability), leadingZeros(1 - probability));
  const dropped = BigInt(Math.max(0, 14 - digits - leading) * 4);
  if (dropped === 0n) return threshold;
  return ((threshold + (1n << (dropped - 1n))) >> dropped) << dropped;
}

/** The sampling values of a tracestate, and the rest of it as text. */
export interface StateModel {
  threshold: string | undefined;
  randomness: string | undefined;
  readonly values: string[];
  readonly members: string[];
}

const memberKey = /^([a-z][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13})$/;
const memberValue = /^[ -+\--<>-~]{0,255}[!-+\--<>-~]$/;
const sectionKey = /^[a-z][a-z0-9]*$/;
const sectionValue = /^[a-zA-Z0-9._-]*$/;

/** Reads a tracestate, slowly and from text; undefined when it is malformed. */
export function readState(text: string): StateModel | undefined {
  const model: StateModel = { threshold: undefined, randomness: undefined, values: [], members: [] };
  if (text.length > 1024) return undefined;
  const all = text.split(',');
  // A comma at the end does not begin another member.
  if (all.at(-1) === '') all.pop();
  if (all.length > 31) return undefined;
  for (const each of all) {
    const member = each.replace(/^[ \t]+|[ \t]+$/g, '');
    if (member === '') continue;
    const split = member.indexOf('=');
    const [key, value] = [member.slice(0, split), member.slice(split + 1)];
    if (split < 0 || !memberKey.test(key) || !memberValue.test(value)) return undefined;
    if (key !== 'ot') {
      model.members.push(member);
      continue;
    }
    model.threshold = model.randomness = undefined;
    model.values.length = 0;
    for (const pair of value.split(';')) {
      const at = pair.indexOf(':');
      const [name, content] = [pair.slice(0, at), pair.slice(at + 1)];
      if (at < 0 || !sectionKey.test(name) || !sectionValue.test(content)) return undefined;
      if (name === 'th') {
        if (!/^[0-9a-f]{1,14}$/i.test(content)) return undefined;
        model.threshold = content;
      } else if (name === 'rv') {
        if (!/^[0-9a-f]{14}$/i.test(content)) return undefined;
        model.randomness = content;
      } else model.values.push(pair);
    }
  }
  return model;
}

/** The text of a tracestate in the Collector's order. */
export function writeState({ threshold, randomness, values, members }: StateModel): string {
  const section = [
    ...(randomness === undefined ? [] : [`rv:${randomness}`]),
    ...(threshold === undefined ? [] : [`th:${threshold}`]),
    ...values,
  ];
  return [...(section.length > 0 ? [`ot=${section.join(';')}`] : []), ...members].join(',');
}
