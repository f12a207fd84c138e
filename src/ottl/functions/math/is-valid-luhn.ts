import { converter, type Converter } from '../../function.js';
import { OttlError } from '../../ottl-error.js';
import { asString } from '../../parameters.js';

/** Whether a number such as that of a credit card has the right check digit. Spaces do not count. */
export const isValidLuhn: Converter = converter('IsValidLuhn', { target: asString() }, ({ target }) => (scene) => {
  const text = (target.get(scene) ?? '').replaceAll(' ', '');
  if (text === '') return false;
  let sum = 0;
  for (let i = text.length - 1, isDouble = false; i >= 0; i--, isDouble = !isDouble) {
    const character = text.charAt(i);
    if (!/[0-9]/.test(character)) throw new OttlError(`strconv.Atoi: parsing "${character}": invalid syntax`);
    const digit = Number(character) * (isDouble ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 === 0;
});
