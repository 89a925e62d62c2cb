/** What an issuer reads of the journal of a plan. */
export interface JournalState {
  readonly state: string;
  readonly attempt: string;
  readonly deadlineMs: number;
  /** The stream entry of the attempt. */
  readonly entryId: string;
}

type Row = readonly (string | null)[];

/** The reply of HMGET `state attempt deadline_ms entry_id`; `undefined` where there is no journal. */
export function journalOf(row: unknown): JournalState | undefined {
  const values = row as Row;
  const state = values[0] ?? undefined;
  if (state === undefined) return undefined;
  return {
    state,
    attempt: values[1] ?? '',
    deadlineMs: Number(values[2] ?? 'NaN'),
    entryId: values[3] ?? '',
  };
}

/**
 * Why an entry is not the one that its attempt was published as; only that entry is valid, no copy of it. `undefined` if it is that
 * entry, if there is no journal (a foreign Apply), and if a later attempt was published.
 */
export function foreignEntryFault(
  journal: JournalState | undefined,
  planId: string,
  attempt: number | undefined,
  entryId: string,
): string | undefined {
  if (journal === undefined || journal.entryId === entryId) return undefined;
  if (attempt !== undefined && attempt < Number(journal.attempt)) return undefined;
  return `plan ${planId} was published as entry ${journal.entryId}: this one was not written by this system`;
}
