/** Characters of a text of a peer (a status message, an error body, a name) that are shown in logs and to senders. */
export const mostPeerText = 1024;

/** Cuts a text that may come from a peer. */
export function cutText(text: string, most: number = mostPeerText): string {
  return text.length <= most ? text : `${text.slice(0, most)}... (${text.length} characters)`;
}

/** Cuts the middle out of a text: the end of a long message often has its cause, or the number of what is left out. */
export function cutMiddle(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = most >> 3;
  return `${text.slice(0, most - end)}... (${text.length} characters) ...${text.slice(-end)}`;
}
