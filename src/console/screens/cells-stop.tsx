import type { JSX } from 'preact';
import type { ApiSchema } from '../../client/api.js';
import { keyed, reasonOf } from '../actions.js';
import { answer, gate } from '../api/gate.js';
import { Refused } from '../api/problems.js';
import { useCells } from '../api/queries.js';
import { ask } from '../parts/action.js';
import { Light } from '../parts/bits.js';
import { texts } from '../texts.js';
import { cellsIn, stopsOfCells } from './cell-stops.js';

const T = texts.cells;
const TONES = { stopped: 'good', not_confirmed: 'bad', refused: 'bad', no_answer: 'warn', unknown: 'warn' } as const;

export function askStopAll(count: number): void {
  ask<ApiSchema<'StoppedCellsAnswer'>>({
    title: T.stopTitle,
    effect: T.stopEffect(count),
    confirm: T.stopConfirm,
    isStop: true,
    presets: texts.kill.presets,
    carryOut: (values, key) =>
      answer(
        gate.PUT('/api/v1/cells/kill-switch', {
          params: { header: keyed(key) },
          body: { engaged: true, ...reasonOf(values) },
        }),
      ),
    done: ({ all_stopped: isAll, cells }) => (
      <>
        {isAll && (
          <p>
            <strong>{T.allStopped}</strong>
          </p>
        )}
        <Stops answered={cells} />
      </>
    ),
    running: () => <Stops answered={[]} />,
    uncertain: (error) => (
      <>
        <Stops answered={error instanceof Refused ? cellsIn(error.members) : []} />
        <p>{T.uncertain}</p>
      </>
    ),
  });
}

function Stops({ answered }: { answered: readonly ApiSchema<'StoppedCellAnswer'>[] }): JSX.Element {
  const { data, isError, isFetching } = useCells();
  const isRead = data !== undefined && !isError && !isFetching;
  return (
    <ul class="processes" aria-label={T.title}>
      {stopsOfCells(answered, data?.cells ?? []).map((stop) => (
        <li key={stop.name}>
          <Light tone={TONES[stop.state]}>
            <strong>{stop.name}</strong>
          </Light>{' '}
          {T.stops[stop.state]}
          {stop.text !== '' && `: ${stop.text}`}
          {stop.inFlight > 0 && ` ${T.inFlight(stop.inFlight)}`}
          {stop.missingReplicas !== '' && ` ${texts.kill.replicas} ${stop.missingReplicas}`}
          {stop.state !== 'stopped' && <span class="dim"> {T.switchNow(isRead ? stop.isEngaged : undefined)}</span>}
        </li>
      ))}
    </ul>
  );
}
