/** Plain bytes that one turn of the event loop may inflate or compress by itself: some milliseconds; more goes to the thread pool. */
const perTurn = 2 << 20;

let left = perTurn;
let waiting = false;

/** Whether so many bytes may be worked on here and now. What is taken counts until the turn ends. */
export function fitsThisTurn(bytes: number): boolean {
  if (bytes > left) return false;
  left -= bytes;
  if (!waiting) {
    waiting = true;
    setImmediate(() => {
      waiting = false;
      left = perTurn;
    });
  }
  return true;
}
