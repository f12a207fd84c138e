// A pattern that is a sequence of steps: each runs over bytes of a set as far as they go, and the byte behind them
// decides where it ends. Matches of groups become rows.
import { STEP, steps } from './layout';
import { PLAIN, addText } from './row';

/** Of a step that has no end of its own, and whose set is all that a line has. */
const NO_END: u32 = 0xffffffff;
const TO_END: u32 = 0xfffffffe;

let stepCount: usize = 0;
let isWhole: bool = false;
let opened: usize = 0;

export function setSequence(count: usize, whole: bool): void {
  stepCount = count;
  isWhole = whole;
}

/** False for a line that does not match. */
export function readSequence(from: usize, to: usize): bool {
  let at = from;
  let step = steps;
  for (let i: usize = 0; i < stepCount; i++, step += STEP) {
    const least = <usize>load<u32>(step);
    const most = load<u32>(step, 4);
    const begun = at;
    if (load<u32>(step, 8) != 0) opened = at;
    if (most == TO_END) at = to;
    else {
      const last = most == NO_END ? to : min(to, at + <usize>most);
      while (at < last && load<u8>(step + 16 + load<u8>(at)) != 0) at++;
    }
    if (at - begun < least) return false;
    const name = <usize>load<u32>(step, 12);
    if (name != 0) addText(name + 4, load<u32>(name), PLAIN, opened, at - opened, at - opened);
  }
  return !isWhole || at == to;
}
