/** The last line of the ledger must be there, and balance. */
export function ledgerFaults(log) {
  const line = log.split('\n').findLast((one) => /"?ledger"?\s*:/.test(one));
  if (line === undefined) return [`no final ledger line: ${log.slice(-800)}`];
  if (!line.includes('The ledger balances') || /"balanced":\s*false/.test(line))
    return [`the ledger does not balance: ${line}`];
  return [];
}
