import { setFlagsFromString } from 'node:v8';

/** Bytecode that a function may run before V8 looks at whether to compile it better; V8's own is 132 KiB. */
const budget = 10_000;

/**
 * Has V8 compile early what runs often. A gateway runs few functions, for years, but each request only once through them: at 100 requests
 * a second V8 took twenty seconds until most were compiled, in which `split-3` cost 2.8 instead of 2.0 CPU-s per million spans.
 */
export function compileEarly(): void {
  setFlagsFromString(`--interrupt-budget=${budget}`);
}
