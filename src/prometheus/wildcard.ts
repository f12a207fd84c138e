/** Whether a text matches a pattern in which `*` stands for any characters and `?` for one. */
export function matchesWildcard(text: string, pattern: string): boolean {
  let at = 0;
  let place = 0;
  let star = -1;
  let after = 0;
  while (at < text.length) {
    const wanted = pattern[place];
    if (wanted === '*') {
      star = place++;
      after = at;
    } else if (wanted === '?' || (wanted !== undefined && wanted === text[at])) {
      at++;
      place++;
    } else if (star >= 0) {
      place = star + 1;
      at = ++after;
    } else return false;
  }
  while (pattern[place] === '*') place++;
  return place === pattern.length;
}

/** The attributes of a resource that become labels, by wildcards. */
export function chosenBy(included: readonly string[], excluded: readonly string[]): (name: string) => boolean {
  return (name) =>
    included.some((pattern) => matchesWildcard(name, pattern)) &&
    !excluded.some((pattern) => matchesWildcard(name, pattern));
}
