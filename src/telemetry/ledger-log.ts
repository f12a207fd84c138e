import type { LedgerRow } from '../component/ledger.js';
import type { Logger } from '../component/telemetry.js';

/** Logs the books at the end of the program, and whether they balance. Nothing when nothing was booked. */
export function logLedger(logger: Logger, rows: readonly LedgerRow[]): void {
  if (rows.length === 0) return;
  const balanced = rows.every((row) => row.kind === 'receiver' || row.balanced);
  if (balanced) logger.info('The ledger balances', { ledger: rows });
  else logger.error('The ledger does not balance: please report this as a bug of kanmon', { ledger: rows });
}
