import { byteAt } from '../../../otlp/wire/at.js';

/**
 * How rare each letter is behind another one in text: a row for the first letter, a hexadecimal digit for each second
 * one, which is the binary logarithm of how rarely it follows. Counted over the words of this project's documentation.
 */
const rarities: readonly string[] = [
  '9544975b5a6343d5b343668859',
  '377828ab46b38a3ab55739bb4b',
  '396939a35b459927b5635abc7c',
  '4785186a39867746c53857aa6b',
  '4843666969a45385733476757a',
  '3878439a2974883ba4654bbb7a',
  '387929543b957448a346488b87',
  '27891ba83bba6a39b5756bbb79',
  '6645465cad845236a543b5d6d7',
  '48882788588888388828366888',
  '47871a78399894679936578a8a',
  '388527993c839b36c845479b5a',
  '358629ca39a65843a9485acc9b',
  '4a4335395a7776479833669a7a',
  '6655755d6a644254d3544548ab',
  '38783b964a937934c35458b97c',
  '88878888888578878888088888',
  '385528693d676637b544668d5a',
  '4a4727a43c6678459742497a6b',
  '395828933bb68947c3356a7a5b',
  '5555466b5cc44374c3339aa8ba',
  '3a8919893aa98969a9899aa99a',
  '299839a23a979338a448aa9aaa',
  '48473786499756728872898569',
  '46674889489554438822756978',
  '38881787388586458848588866',
];

const table = Uint8Array.from(rarities.join(''), (digit) => Number.parseInt(digit, 16));

/** Words with fewer letters are never random: abbreviations look so. */
const fewestLetters = 4;
/** From this mean on a word is random. */
const randomFrom = 6;

/** Whether the letters of a word follow each other as they hardly do in a language; other characters do not count. */
export function isRandomWord(text: string, from: number, to: number): boolean {
  let letters = 0;
  let sum = 0;
  let before = -1;
  for (let i = from; i < to; i++) {
    const letter = (text.charCodeAt(i) | 0x20) - 0x61;
    if (letter < 0 || letter > 25) continue;
    if (before >= 0) sum += byteAt(table, before * 26 + letter);
    before = letter;
    letters++;
  }
  return letters >= fewestLetters && sum >= randomFrom * (letters - 1);
}
