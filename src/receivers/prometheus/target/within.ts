/** Waits for `work`, and rejects as it does; at the deadline calls `cancel` and waits no longer. */
export function within(deadline: AbortSignal, work: Promise<unknown>, cancel: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      cancel();
      resolve();
    };
    if (deadline.aborted) leave();
    else deadline.addEventListener('abort', leave, { once: true });
    work.finally(() => deadline.removeEventListener('abort', leave)).then(() => resolve(), reject);
  });
}
