import leven from 'leven';

/** Characters of a name that is compared: the cost is quadratic. */
const longest = 64;
const mostListed = 12;

/** `did you mean "x"?`, when one of the names is near enough to be meant. */
export function didYouMean(name: string, names: Iterable<string>): string | undefined {
  const near = similarName(name, names);
  return near === undefined ? undefined : `did you mean "${near}"?`;
}

/** The nearest of some names, when it is near enough to be a slip. */
export function similarName(name: string, names: Iterable<string>): string | undefined {
  if (name.length > longest) return undefined;
  let best: string | undefined;
  let bestDistance = (name.length < 3 ? 1 : Math.max(2, Math.floor(name.length / 3))) + 1;
  for (const candidate of names) {
    const distance = plain(candidate) === plain(name) ? 0 : leven(name, candidate);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Names for a message: `"a", "b" and "c"`; of many only the first. */
export function quotedList(names: readonly string[]): string {
  const shown = names.slice(0, mostListed).map((name) => `"${name}"`);
  const more = names.length - shown.length;
  if (more > 0) return `${shown.join(', ')} and ${more} more`;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

/** A name that is shown in a message. */
export function cut(name: string): string {
  return name.length > longest ? `${name.slice(0, longest)}...` : name;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll('_', '');
}
