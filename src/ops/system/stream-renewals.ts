import { Inject, Injectable } from '@nestjs/common';
import { auditStream } from '../../redis/keys/audit-keys.js';
import type { Keys } from '../../redis/keys/keys.js';
import { KEYS } from '../../redis/redis.tokens.js';
import {
  AUDIT_ROW,
  STREAM_NAMES,
  STREAM_ROWS,
  type StreamRow,
  StreamRenewal,
} from '../../redis/streams/stream-renewal.js';
import { problem } from '../problem/problem.js';
import type { RenewedAnswer } from './streams.dto.js';

/** Renews one of the system's own streams by its key, or its name without the prefix. */
@Injectable()
export class StreamRenewals {
  constructor(
    private readonly renewal: StreamRenewal,
    @Inject(KEYS) private readonly keys: Keys,
  ) {}

  async renew(given: string, reason: string, actor: string): Promise<RenewedAnswer> {
    const { stream, row } = this.#known(given);
    const renewed = await this.renewal.renew(stream, row, reason, actor);
    switch (renewed.kind) {
      case 'renewed':
        return {
          stream,
          outcome: 'renewed',
          last_id: renewed.lastId,
          moved: renewed.moved,
          removed: renewed.removed,
        };
      case 'replaced':
        return { stream, outcome: 'replaced', type: renewed.type };
      case 'fine':
        return { stream, outcome: 'fine', last_id: renewed.lastId };
      case 'absent':
        return { stream, outcome: 'absent' };
    }
    return renewed satisfies never;
  }

  #known(given: string): { readonly stream: string; readonly row: StreamRow } {
    const { keys } = this;
    for (const name of STREAM_NAMES) {
      const stream = keys[name]();
      if (stream === given || stream.endsWith(`:${given}`)) return { stream, row: STREAM_ROWS[name] };
    }
    const audit = auditStream(keys, given.replace(/^.*\baudit:/, ''));
    if (audit === given || audit?.endsWith(`:${given}`) === true) return { stream: audit, row: AUDIT_ROW };
    const names = [...STREAM_NAMES.map((name) => keys[name]()), 'audit:<role>:<instance>'].join(', ');
    throw problem(
      404,
      'stream-unknown',
      'There is no such stream',
      `${JSON.stringify(given.slice(0, 64))} is none of ${names}.`,
    );
  }
}
