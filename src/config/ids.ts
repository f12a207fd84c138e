import { isSignal, type Signal } from '../otlp/signal.js';

export interface ComponentId {
  readonly type: string;
  readonly name: string;
  /** Both halves trimmed: `otlp/2`. */
  readonly text: string;
}

/** Reads `type` or `type/name` (docs/spec/core.md#names). Throws what is wrong with it. */
export function parseId(given: string): ComponentId {
  const at = given.indexOf('/');
  const type = (at < 0 ? given : given.slice(0, at)).trim();
  const name = at < 0 ? '' : given.slice(at + 1).trim();
  if (type === '')
    throw new Error(
      at < 0 ? 'id must not be empty' : `in ${JSON.stringify(given)} id: the part before / should not be empty`,
    );
  if (at >= 0 && name === '') throw new Error(`in ${JSON.stringify(given)} id: the part after / should not be empty`);
  if (!/^[a-zA-Z][0-9a-zA-Z_]{0,62}$/.test(type))
    throw new Error(`in ${JSON.stringify(given)} id: invalid character(s) in type ${JSON.stringify(type)}`);
  checkName(given, name);
  return { type, name, text: name === '' ? type : `${type}/${name}` };
}

/** Reads `traces` or `traces/name`. Throws what is wrong with it. */
export function parsePipelineId(given: string): { readonly signal: Signal; readonly text: string } {
  const at = given.indexOf('/');
  const signal = (at < 0 ? given : given.slice(0, at)).trim();
  const name = at < 0 ? '' : given.slice(at + 1).trim();
  if (signal === '')
    throw new Error(
      at < 0 ? 'id must not be empty' : `in ${JSON.stringify(given)} id: the part before / should not be empty`,
    );
  if (at >= 0 && name === '') throw new Error(`in ${JSON.stringify(given)} id: the part after / should not be empty`);
  if (!isSignal(signal)) throw new UnknownSignal(signal);
  checkName(given, name);
  return { signal, text: name === '' ? signal : `${signal}/${name}` };
}

function checkName(given: string, name: string): void {
  const bad = [...name].length > 1024 || /[\p{Z}\p{C}\p{S}]/u.test(name);
  if (bad) throw new Error(`in ${JSON.stringify(given)} id: invalid character(s) in name ${JSON.stringify(name)}`);
}

/** A pipeline is named after something that is no signal. */
export class UnknownSignal extends Error {
  readonly signal: string;

  constructor(signal: string) {
    super(`unknown pipeline signal: ${JSON.stringify(signal)}: use traces, metrics, logs or profiles`);
    this.signal = signal;
  }
}
