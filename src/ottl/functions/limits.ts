/** Characters of a text that functions make of several values. */
export const longestText = 4_194_304;
