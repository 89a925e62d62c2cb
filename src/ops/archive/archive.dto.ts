import { Amount, AmountOrNull, Parts, Text, Word } from '../openapi/members.js';
import { EVENT_SOURCES, type EventSource } from '../../redis/streams/event-streams.js';

const NOW = 1_764_518_400_000;
export const ARCHIVES = ['off', 'files', 'postgres'] as const;

export class ArchivedStreamAnswer {
  @Word('what of: plans, permits (the verdicts), results or control changes', EVENT_SOURCES)
  readonly stream!: EventSource;

  @Text('the newest entry that is archived; empty before the first', '1764518400000-0')
  readonly archived_to!: string;

  @Amount('entries that are not archived yet', 0)
  readonly behind_entries!: number;

  @AmountOrNull('the time of the oldest of them; epoch ms', null)
  readonly behind_since_ms!: number | null;

  @Amount('entries that were trimmed before they were archived, since the archive began', 0)
  readonly missed!: number;

  @AmountOrNull('when the last of these were noticed; epoch ms', null)
  readonly missed_at_ms!: number | null;
}

export class ArchiveAnswer {
  @Word('ARCHIVE_TO of the process that answers', ARCHIVES)
  readonly to!: (typeof ARCHIVES)[number];

  @Text('the folder, or the database without its login', '/var/lib/permit-gate/archive')
  readonly place!: string;

  @Text('INSTANCE_ID of the process that writes; empty while none does', 'gate-0')
  readonly written_by!: string;

  @Text('why the last write failed; empty when it did not', '')
  readonly error!: string;

  @AmountOrNull('since when; epoch ms of the process that writes', null)
  readonly error_since_ms!: number | null;

  @Amount('of Redis', NOW)
  readonly at_ms!: number;

  @Amount('entries of all streams that are not archived yet', 0)
  readonly behind_entries!: number;

  @Amount('for how long the oldest of them has waited, in ms', 0)
  readonly behind_ms!: number;

  @Amount('entries of all streams that were trimmed before they were archived', 0)
  readonly missed!: number;

  @Parts(() => ArchivedStreamAnswer)
  readonly streams!: readonly ArchivedStreamAnswer[];
}
