/**
 * Plain bytes that one turn of the event loop may inflate or compress: some milliseconds. A body above it goes to the
 * thread pool.
 */
export const perTurn: number = 2 << 20;

let left = perTurn;
let scheduled = false;
/** In order of arrival. */
const waiting: { readonly bytes: number; readonly go: () => void }[] = [];

/**
 * Undefined when that number of bytes, at most `perTurn`, may be worked on here and now; else when it is their turn.
 */
export function turnFor(bytes: number): Promise<void> | undefined {
  if (waiting.length === 0 && take(bytes)) return undefined;
  return new Promise((resolve) => {
    waiting.push({ bytes, go: resolve });
  });
}

/** Work that was granted counts until the turn of the event loop ends. */
function take(bytes: number): boolean {
  if (bytes > left) return false;
  left -= bytes;
  if (!scheduled) {
    scheduled = true;
    setImmediate(nextTurn);
  }
  return true;
}

function nextTurn(): void {
  scheduled = false;
  left = perTurn;
  for (let first = waiting[0]; first && take(first.bytes); first = waiting[0]) {
    waiting.shift();
    first.go();
  }
}
