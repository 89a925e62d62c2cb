import type { JSX } from 'preact';
import type { ApiSchema } from '../../client/api.js';
import { askDiscard, askReplay } from '../actions.js';
import { useDeadLetters } from '../api/queries.js';
import { Badge, Facts, Json, Time } from '../parts/bits.js';
import { Shown } from '../parts/states.js';
import { ActButton } from '../shell/role.js';
import { texts } from '../texts.js';

const T = texts.letters;
type Letter = ApiSchema<'DeadLetterAnswer'>;

export function DeadLetters(): JSX.Element {
  const letters = useDeadLetters();
  return (
    <section aria-labelledby="title">
      <h1 id="title">{T.title}</h1>
      <Shown
        query={letters}
        isEmpty={({ pages }) => pages.every(({ dead_letters: all }) => all.length === 0)}
        empty={T.empty}
      >
        {({ pages }) => (
          <div class="cards">
            {pages
              .flatMap(({ dead_letters: all }) => all)
              .map((letter) => (
                <LetterCard key={letter.id} letter={letter} under={1} />
              ))}
          </div>
        )}
      </Shown>
      {letters.hasNextPage && (
        <button type="button" disabled={letters.isFetchingNextPage} onClick={() => void letters.fetchNextPage()}>
          {texts.more}
        </button>
      )}
    </section>
  );
}

/** `under` is the level of the heading that the card is under. */
export function LetterCard({ letter, under }: { letter: Letter; under: 1 | 2 }): JSX.Element {
  const { id, at_ms: atMs, stream, group, entry_id: entryId, deliveries, reason, fields, settled } = letter;
  const Heading = under === 1 ? 'h2' : 'h3';
  return (
    <article class="card">
      <Heading>
        <Time atMs={atMs} age />{' '}
        <Badge tone={settled === null ? 'warn' : 'plain'}>{settled === null ? T.open : settled.outcome}</Badge>
      </Heading>
      <p>{reason}</p>
      <Facts
        of={[
          [texts.streams.stream, stream],
          [T.group, group],
          [
            T.entry,
            <span key="entry" class="num">
              {entryId}
            </span>,
          ],
          [T.deliveries, String(deliveries)],
          ...(settled === null ? [] : [[T.settled, `${settled.by}: ${settled.reason}`] as const]),
        ]}
      />
      <Json label={T.entry} value={fields} />
      {settled === null && (
        <div class="buttons">
          <ActButton needs="admin" onClick={() => askReplay(id)}>
            {texts.acts.replay}
          </ActButton>
          <ActButton needs="admin" onClick={() => askDiscard(id)}>
            {texts.acts.discard}
          </ActButton>
        </div>
      )}
    </article>
  );
}
