import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { changedNothing } from '../api/problems.js';
import { readAgain } from '../api/queries.js';
import { texts } from '../texts.js';
import { Failure } from './states.js';
import { createStore, useStore } from './store.js';

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly value?: string;
  readonly help?: string;
  readonly isOptional?: boolean;
  readonly options?: readonly (readonly [value: string, label: string])[];
}

export type Values = Readonly<Record<string, string>>;

/** Something that changes the gate: asked with a reason, done in two steps, and told as far as it is certain. */
export interface Action<Answer = unknown> {
  readonly title: string;
  readonly effect: string;
  readonly confirm: string;
  readonly isStop?: boolean;
  readonly presets?: readonly string[];
  readonly fields?: readonly Field[];
  /** `key` makes a repetition harmless. */
  carryOut(values: Values, key: string): Promise<Answer>;
  done(answer: Answer): ComponentChildren;
  /** While the call runs. */
  readonly running?: () => ComponentChildren;
  /** After a call that got no certain answer. */
  readonly uncertain?: (error: unknown) => ComponentChildren;
}

type Step =
  | { readonly at: 'fill' | 'sure' | 'running' }
  | { readonly at: 'done'; readonly says: ComponentChildren }
  | { readonly at: 'failed'; readonly error: unknown };

const asked = createStore<Action | undefined>(undefined);

export const ask = <Answer,>(action: Action<Answer>): void => asked.set(action);

/** `crypto.randomUUID` is missing on a page over plain http from another host. */
const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(16)).join('-');

const REASON: Field = { name: 'reason', label: texts.action.reason, help: texts.action.reasonHelp };

/** The one dialog of all actions. */
export function ActionDialog(): JSX.Element | null {
  const action = useStore(asked);
  return action === undefined ? null : <Dialog key={action.title} action={action} />;
}

function Dialog({ action }: { action: Action }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const key = useRef('');
  const [step, setStep] = useState<Step>({ at: 'fill' });
  const fields = [...(action.fields ?? []), REASON];
  const [values, setValues] = useState<Values>(() =>
    Object.fromEntries(fields.map(({ name, value, options }) => [name, value ?? options?.[0]?.[0] ?? ''])),
  );
  useEffect(() => dialog.current?.showModal(), []);
  // Each step moves the focus: the buttons of the step before are gone.
  useEffect(() => dialog.current?.querySelector<HTMLElement>('[data-first]')?.focus(), [step.at]);

  const run = (): void => {
    setStep({ at: 'running' });
    action
      .carryOut(values, key.current)
      .then(
        (answer) => setStep({ at: 'done', says: action.done(answer) }),
        (error: unknown) => setStep({ at: 'failed', error }),
      )
      .finally(() => void readAgain());
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    if (step.at === 'fill') {
      key.current = newKey();
      setStep({ at: 'sure' });
    } else run();
  };
  const close = (): void => dialog.current?.close();

  return (
    <dialog
      ref={dialog}
      class={action.isStop === true ? 'stop' : ''}
      aria-labelledby="action-title"
      onClose={() => asked.set(undefined)}
    >
      <form onSubmit={submit}>
        <h2 id="action-title">{action.title}</h2>
        <p>{action.effect}</p>
        {step.at === 'fill' && (
          <>
            {fields.map((field, at) => (
              <Input
                key={field.name}
                field={field}
                isFirst={at === 0}
                value={values[field.name] ?? ''}
                onInput={(value) => setValues({ ...values, [field.name]: value })}
              />
            ))}
            <Presets of={action.presets} onPick={(reason) => setValues({ ...values, reason })} />
          </>
        )}
        {step.at === 'sure' && <Review fields={fields} values={values} />}
        <div role="status" aria-live="assertive">
          {step.at === 'running' && <p class="state">{texts.action.running}</p>}
          {step.at === 'running' && action.running?.()}
          {step.at === 'done' && (
            <div class="outcome good">
              <p>{texts.action.done}</p>
              {step.says}
            </div>
          )}
          {step.at === 'failed' && <Failed error={step.error} uncertain={action.uncertain} />}
        </div>
        <div class="buttons">
          {(step.at === 'fill' || step.at === 'sure') && (
            <>
              <button
                type="submit"
                class={action.isStop === true ? 'danger big' : 'primary'}
                data-first={step.at === 'sure'}
              >
                {step.at === 'fill' ? texts.action.next : action.confirm}
              </button>
              <button type="button" onClick={step.at === 'fill' ? close : () => setStep({ at: 'fill' })}>
                {step.at === 'fill' ? texts.action.cancel : texts.action.back}
              </button>
            </>
          )}
          {step.at === 'failed' && !changedNothing(step.error) && (
            <button type="button" class="primary" title={texts.action.againHelp} onClick={run}>
              {texts.action.again}
            </button>
          )}
          {step.at === 'failed' && changedNothing(step.error) && (
            <button type="button" onClick={() => setStep({ at: 'fill' })}>
              {texts.action.back}
            </button>
          )}
          {step.at !== 'fill' && step.at !== 'sure' && (
            <button type="button" data-first onClick={close}>
              {texts.action.close}
            </button>
          )}
        </div>
      </form>
    </dialog>
  );
}

function Failed({ error, uncertain }: { error: unknown; uncertain: Action['uncertain'] }): JSX.Element {
  const isCertain = changedNothing(error);
  return (
    <div class={isCertain ? 'outcome bad' : 'outcome warn'}>
      <p>
        <strong>{isCertain ? texts.action.refused : texts.action.uncertain}</strong>
      </p>
      <Failure error={error} />
      {!isCertain && uncertain?.(error)}
    </div>
  );
}

function Review({ fields, values }: { fields: readonly Field[]; values: Values }): JSX.Element {
  return (
    <>
      <dl class="facts">
        {fields.map(({ name, label, options }) => (
          <div key={name}>
            <dt>{label}</dt>
            <dd>{options?.find(([value]) => value === values[name])?.[1] ?? (values[name] || '–')}</dd>
          </div>
        ))}
      </dl>
      <p class="note">{texts.action.sure}</p>
    </>
  );
}

function Presets({
  of = [],
  onPick,
}: {
  of: readonly string[] | undefined;
  onPick: (reason: string) => void;
}): JSX.Element | null {
  if (of.length === 0) return null;
  return (
    <p class="presets">
      {of.map((reason) => (
        <button type="button" class="quiet" key={reason} onClick={() => onPick(reason)}>
          {reason}
        </button>
      ))}
    </p>
  );
}

function Input(props: {
  field: Field;
  value: string;
  isFirst: boolean;
  onInput: (value: string) => void;
}): JSX.Element {
  const { field, value, isFirst, onInput } = props;
  const { name, label, help, options, isOptional = false } = field;
  const id = `field-${name}`;
  const common = { id, name, value, required: !isOptional, 'data-first': isFirst };
  return (
    <p class="field">
      <label for={id}>{label}</label>
      {options === undefined ? (
        <input
          {...common}
          autocomplete="off"
          maxLength={500}
          aria-describedby={help === undefined ? undefined : `${id}-help`}
          onInput={({ currentTarget }) => onInput(currentTarget.value)}
        />
      ) : (
        <select {...common} onChange={({ currentTarget }) => onInput(currentTarget.value)}>
          {options.map(([each, text]) => (
            <option key={each} value={each}>
              {text}
            </option>
          ))}
        </select>
      )}
      {help !== undefined && (
        <small id={`${id}-help`} class="dim">
          {help}
        </small>
      )}
    </p>
  );
}
