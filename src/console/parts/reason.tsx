import type { JSX } from 'preact';
import { REASONS } from '../reasons.generated.js';
import { hrefOf } from './route.js';

export interface Explained {
  readonly set: string;
  readonly meaning: string;
  /** `retryable` or `final`; `""` where the set has no marks. */
  readonly mark: string;
}

/** What a word means, in each closed set that has it. Empty for a text that is no reason. */
export function explained(word: string): readonly Explained[] {
  return Object.entries(REASONS).flatMap(([set, words]) => {
    const found = Object.hasOwn(words, word) ? words[word] : undefined;
    return found === undefined ? [] : [{ set, meaning: found[0], mark: found[1] }];
  });
}

/** A reason as the gate writes it, with the way to what it means. Any other text stays text. */
export function Reason({ word }: { word: string }): JSX.Element {
  const [first] = explained(word);
  if (first === undefined) return <span>{word}</span>;
  return (
    <a class="reason" href={hrefOf('reasons', word)} title={first.meaning}>
      <code>{word}</code>
    </a>
  );
}

/** Several, such as the error of a result and its reason; what is empty is left out. */
export function Reasons({ of }: { of: readonly (string | null | undefined)[] }): JSX.Element {
  const words = of.filter((word) => word !== null && word !== undefined && word !== '');
  return (
    <>
      {words.map((word, at) => (
        <span key={word}>
          {at > 0 && ' · '}
          <Reason word={word ?? ''} />
        </span>
      ))}
    </>
  );
}
