import { Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import { isJsonObject, jsonOrText } from '../../flow/0-json.js';
import { ArchiveStore } from '../../redis/stores/archive-store.js';
import { EVENT_SOURCES } from '../../redis/streams/event-streams.js';
import type { ArchiveAnswer } from './archive.dto.js';
import { configuredPlace } from './archive-place.js';

/** How far the archive is. Any process of the deployment can say so, whichever writes it. */
@Injectable()
export class ArchiveReport {
  constructor(
    private readonly environment: Environment,
    private readonly store: ArchiveStore,
  ) {}

  get isOn(): boolean {
    return this.environment.archiveTo !== 'off';
  }

  async read(): Promise<ArchiveAnswer> {
    const { archiveTo } = this.environment;
    const { nowMs, leader, about, streams } = await this.store.look();
    const said = jsonOrText(about);
    const { place, error, error_since_ms: sinceMs } = isJsonObject(said) ? said : {};
    const rows = EVENT_SOURCES.map((stream) => {
      const { id, unread, oldestMs, missed, missedAtMs } = streams[stream];
      return {
        stream,
        archived_to: id === '0-0' ? '' : id,
        behind_entries: unread,
        behind_since_ms: oldestMs ?? null,
        missed,
        missed_at_ms: missedAtMs ?? null,
      };
    });
    const waiting = rows.flatMap((row) => row.behind_since_ms ?? []);
    return {
      to: archiveTo,
      place: typeof place === 'string' && place !== '' ? place : configuredPlace(this.environment),
      written_by: leader,
      error: typeof error === 'string' ? error : '',
      error_since_ms: typeof sinceMs === 'number' ? sinceMs : null,
      at_ms: nowMs,
      behind_entries: rows.reduce((sum, row) => sum + row.behind_entries, 0),
      behind_ms: waiting.length === 0 ? 0 : Math.max(0, nowMs - Math.min(...waiting)),
      missed: rows.reduce((sum, row) => sum + row.missed, 0),
      streams: rows,
    };
  }
}
