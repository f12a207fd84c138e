/** Waits for `work`; at the deadline calls `cancel` and waits no longer. */
export function within(deadline: AbortSignal, work: Promise<unknown>, cancel: () => void): Promise<void> {
  return new Promise((resolve) => {
    const leave = (): void => {
      cancel();
      resolve();
    };
    if (deadline.aborted) leave();
    else deadline.addEventListener('abort', leave, { once: true });
    void work.then(() => {
      deadline.removeEventListener('abort', leave);
      resolve();
    });
  });
}
