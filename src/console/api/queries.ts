import { QueryClient, useInfiniteQuery, useQuery, type UseQueryResult } from '@tanstack/preact-query';
import type { ApiSchema, PlanStateWord } from '../../client/api.js';
import { useStore } from '../parts/store.js';
import { answerAges } from './answer-ages.js';
import { answer, gate, keepSession, whenSignedOut } from './gate.js';
import { live } from './live-state.js';
import { Refused } from './problems.js';
import { clock } from './server-clock.js';

export type Whoami = ApiSchema<'WhoamiAnswer'>;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // What is shown says how old it is; a failed read is tried again at the next poll, not hidden behind retries.
      retry: false,
      staleTime: 500,
      networkMode: 'always',
      refetchOnReconnect: true,
      refetchOnWindowFocus: true,
    },
    mutations: { retry: false, networkMode: 'always' },
  },
});

queryClient.getQueryCache().subscribe((event) => {
  if (event.type === 'updated' && event.action.type === 'success')
    answerAges.note(event.query.state.dataUpdatedAt, performance.now());
});

/** From now on this is who has signed in; nothing that another session has read stays. */
export function setWhoami(who: Whoami | null): void {
  queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'whoami' });
  queryClient.setQueryData(['whoami'], who);
}

whenSignedOut(() => setWhoami(null));

/** Events tell what changed; polling finds the rest, and everything where there are no events. */
function usePoll(liveMs: number, pollMs: number): number {
  const { state } = useStore(live);
  return state === 'live' ? liveMs : pollMs;
}

/** `null`: nobody has signed in. */
export function useWhoami(): UseQueryResult<Whoami | null> {
  return useQuery({
    queryKey: ['whoami'],
    refetchInterval: 30_000,
    queryFn: async () => {
      try {
        const found = await answer(gate.GET('/api/v1/whoami'));
        keepSession(found);
        return found;
      } catch (error) {
        if (error instanceof Refused && error.status === 401) return null;
        throw error;
      }
    },
  });
}

export type Status = ApiSchema<'StatusAnswer'>;

export function useStatus(): UseQueryResult<Status> {
  return useQuery({
    queryKey: ['status'],
    refetchInterval: usePoll(3_000, 2_000),
    queryFn: async () => {
      const status: Status = await answer(gate.GET('/api/v1/status'));
      clock.noteRedis(status.clock.redis_offset_ms);
      return status;
    },
  });
}

export function useKillSwitch(everyMs?: number): UseQueryResult<ApiSchema<'KillSwitchAnswer'>> {
  const usualMs = usePoll(5_000, 2_000);
  return useQuery({
    queryKey: ['kill-switch'],
    refetchInterval: everyMs ?? usualMs,
    queryFn: () => answer(gate.GET('/api/v1/kill-switch')),
  });
}

export function usePositions(): UseQueryResult<ApiSchema<'PositionsAnswer'>> {
  return useQuery({
    queryKey: ['positions'],
    refetchInterval: usePoll(5_000, 3_000),
    queryFn: () => answer(gate.GET('/api/v1/positions')),
  });
}

/** With `free_at_ms` of each limit once it is used up. */
export type Limits = ApiSchema<'LimitsAnswer'>;

export function useLimits(): UseQueryResult<Limits> {
  return useQuery({
    queryKey: ['limits'],
    refetchInterval: usePoll(10_000, 5_000),
    queryFn: () => answer(gate.GET('/api/v1/limits')),
  });
}

export function useApprovals(): UseQueryResult<ApiSchema<'WaitingPlansAnswer'>> {
  return useQuery({
    queryKey: ['approvals'],
    refetchInterval: usePoll(5_000, 3_000),
    queryFn: () => answer(gate.GET('/api/v1/approvals')),
  });
}

export type Plan = ApiSchema<'PlanSummaryAnswer'>;

interface PlanFilter {
  readonly symbol?: string;
  /** None: of every state. */
  readonly states?: readonly PlanStateWord[];
  /** Published from then on, and until then; epoch ms. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  readonly limit?: number;
}

/** Newest first. A plan that is published again while pages are read is listed once. */
export function usePlans({ symbol = '', states = [], since, until, limit = 50 }: PlanFilter = {}) {
  return useInfiniteQuery({
    queryKey: ['plans', symbol, states, since, until, limit],
    initialPageParam: '',
    refetchInterval: usePoll(10_000, 3_000),
    queryFn: ({ pageParam }) => {
      const query = {
        limit,
        ...(symbol === '' ? {} : { symbol }),
        ...(states.length === 0 ? {} : { state: [...states] }),
        ...(since === undefined ? {} : { since: String(since) }),
        ...(until === undefined ? {} : { until: String(until) }),
        ...(pageParam === '' ? {} : { cursor: pageParam }),
      };
      return answer(gate.GET('/api/v1/plans', { params: { query } }));
    },
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    select: ({ pages }): readonly Plan[] => [
      ...new Map(pages.flatMap(({ plans }) => plans).map((plan) => [plan.plan_id, plan])).values(),
    ],
  });
}

export function usePlan(planId: string): UseQueryResult<ApiSchema<'PlanTraceAnswer'>> {
  return useQuery({
    queryKey: ['plan', planId],
    refetchInterval: usePoll(5_000, 1_000),
    queryFn: () => answer(gate.GET('/api/v1/plans/{planId}', { params: { path: { planId } } })),
  });
}

export function useDeadLetters() {
  return useInfiniteQuery({
    queryKey: ['dead-letters'],
    initialPageParam: '',
    refetchInterval: usePoll(10_000, 5_000),
    queryFn: ({ pageParam }) =>
      answer(
        gate.GET('/api/v1/dead-letters', {
          params: { query: { limit: 50, ...(pageParam === '' ? {} : { cursor: pageParam }) } },
        }),
      ),
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
}

export function useStreams(): UseQueryResult<ApiSchema<'StreamsAnswer'>> {
  return useQuery({
    queryKey: ['streams'],
    refetchInterval: usePoll(10_000, 5_000),
    queryFn: () => answer(gate.GET('/api/v1/streams')),
  });
}

export function useConfiguration(): UseQueryResult<ApiSchema<'ConfigurationAnswer'>> {
  return useQuery({
    queryKey: ['config'],
    refetchInterval: 60_000,
    queryFn: () => answer(gate.GET('/api/v1/config')),
  });
}

/** Each read asks every cell of CELLS_FILE, and takes up to 3 s where one is silent. */
export function useCells(everyMs = 5_000): UseQueryResult<ApiSchema<'CellsAnswer'>> {
  return useQuery({
    queryKey: ['cells'],
    refetchInterval: everyMs,
    queryFn: () => answer(gate.GET('/api/v1/cells')),
  });
}

export const hasNoCells = (error: unknown): error is Refused => error instanceof Refused && error.kind === 'no-cells';

export function useHasCells(): boolean {
  const { data, error } = useCells(60_000);
  return data !== undefined && !hasNoCells(error);
}

export interface AuditFilter {
  readonly actor: string;
  readonly action: string;
  readonly target: string;
}

export function useAudit(filter: AuditFilter) {
  return useInfiniteQuery({
    queryKey: ['audit', filter],
    initialPageParam: '',
    refetchInterval: usePoll(15_000, 10_000),
    queryFn: ({ pageParam }) => {
      const given = Object.entries({ ...filter, cursor: pageParam }).filter(([, value]) => value !== '');
      return answer(gate.GET('/api/v1/audit', { params: { query: { limit: 50, ...Object.fromEntries(given) } } }));
    },
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
}

export function useRatio(): UseQueryResult<ApiSchema<'RatioAnswer'>> {
  return useQuery({
    queryKey: ['ratio'],
    refetchInterval: 15_000,
    queryFn: () => answer(gate.GET('/api/v1/ratio')),
  });
}

export function useHistory(span: 'hour' | 'day'): UseQueryResult<ApiSchema<'HistoryAnswer'>> {
  return useQuery({
    queryKey: ['history', span],
    refetchInterval: 15_000,
    queryFn: () => answer(gate.GET('/api/v1/history', { params: { query: { span } } })),
  });
}

/** Everything again, at once: after an action, and when the connection is back. */
export const readAgain = (): Promise<void> => queryClient.invalidateQueries();
