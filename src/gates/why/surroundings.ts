import { fresh } from '../proposal/fresh.js';
import { atTime, type Blocker, lasting } from './blocker.js';
import type { WhyFacts } from './facts.js';

export function faults({ symbol, faults: found }: WhyFacts): Blocker[] {
  return found.map((fault) => ({
    reason: 'symbol_fault',
    text: `${symbol} is stopped: ${fault}.`,
    remedy: /redis-cli DEL [^\s)]+/.exec(fault)?.[0] ?? 'permit-gate doctor',
  }));
}

export function missingRoles({ missingRoles: missing }: Pick<WhyFacts, 'missingRoles'>): Blocker[] {
  return missing.map(({ role, lastSeenMs }) => ({
    reason: 'role_missing',
    sinceMs: lastSeenMs,
    text:
      lastSeenMs === undefined
        ? `No process with ROLES=${role} is alive, and none was seen before.`
        : `No process with ROLES=${role} is alive; the last one was seen at ${atTime(lastSeenMs)}.`,
    remedy: `ROLES=${role} permit-gate serve`,
  }));
}

export function banned({ bannedUntilMs, nowMs }: WhyFacts): Blocker[] {
  if (bannedUntilMs <= nowMs) return [];
  return [
    {
      reason: 'exchange_banned',
      untilMs: bannedUntilMs,
      text: `The exchange has banned this address until ${atTime(bannedUntilMs)}: no process calls it before.`,
    },
  ];
}

export function proposal({ symbol, asked, nowMs, maxAgeSec }: WhyFacts): Blocker[] {
  const remedy = `permit-gate plans --symbol ${symbol}`;
  if (asked === undefined)
    return [{ reason: 'proposal_missing', text: `No proposal for ${symbol} has been seen.`, remedy }];
  if (asked.isUnderWay) return [];
  const { action, stampMs, doneMs, planId, ended, staysFresh } = asked;
  if (action === 'HOLD') {
    const text = `The strategy asks for nothing on ${symbol} (HOLD, ${atTime(stampMs)}).`;
    return [{ reason: 'proposal_missing', sinceMs: stampMs, text, remedy }];
  }
  const found: Blocker[] = [];
  if (!staysFresh && !fresh({ nowSec: nowMs / 1000, lastUpdateEpochSec: stampMs / 1000, maxAgeSec }).allow)
    found.push({
      reason: 'proposal_stale',
      sinceMs: stampMs + maxAgeSec * 1000,
      text: `The last proposal for ${symbol} (${action}) is of ${atTime(stampMs)}, ${lasting(nowMs - stampMs)} old; ${maxAgeSec} s are allowed (APPLY_PROPOSAL_MAX_AGE_SEC). None has been seen since.`,
      remedy,
    });
  if (doneMs !== undefined)
    found.push({
      reason: 'proposal_done',
      sinceMs: doneMs,
      text: `The proposal for ${symbol} (${action}) was carried out at ${atTime(doneMs)}. It is not carried out again (APPLY_REPEAT_POLICY).`,
      remedy: planId === '' ? remedy : `permit-gate trace ${planId}`,
    });
  if (doneMs === undefined && ended !== undefined)
    found.push({
      reason: 'plan_ended',
      sinceMs: ended.atMs,
      text: `The last plan of the proposal for ${symbol}, ${planId}, ended ${ended.state}${ended.why === '' ? '' : `: ${ended.why}`}.`,
      remedy: `permit-gate trace ${planId}`,
    });
  return found;
}

export function approvals({ symbol, approvals: waiting }: WhyFacts): Blocker[] {
  return waiting
    .filter((each) => each.symbol === symbol)
    .map(({ planId, sinceMs, untilMs, by, needed }) => {
      const soFar = by.length === 0 ? '' : ` ${by.join(', ')} approved it; ${needed} different people must.`;
      return {
        reason: 'approval_waiting',
        sinceMs,
        untilMs,
        text: `Plan ${planId} of ${symbol} waits for an approval since ${atTime(sinceMs)}, until ${atTime(untilMs)}.${soFar}`,
        remedy: `permit-gate approve ${planId} --reason "…"`,
      };
    });
}
