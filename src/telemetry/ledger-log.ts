import type { LedgerRow } from '../component/ledger.js';
import type { Logger } from '../component/telemetry.js';

/**
 * Logs the books at the end of the program, and whether they balance. Nothing when nothing was booked. `incomplete`: as
 * many processes could not write their books.
 */
export function logLedger(logger: Logger, rows: readonly LedgerRow[], incomplete: number): void {
  if (incomplete > 0) {
    const text = 'The ledger is not complete: workers could not write their books, and more was counted than it says';
    logger.error(text, { workers: incomplete, ledger: rows });
    return;
  }
  if (rows.length === 0) return;
  const balanced = rows.every((row) => row.kind === 'receiver' || row.balanced);
  if (balanced) logger.info('The ledger balances', { ledger: rows });
  else logger.error('The ledger does not balance: please report this as a bug of kanmon', { ledger: rows });
}
