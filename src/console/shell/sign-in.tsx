import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { answer, gate, keepSession } from '../api/gate.js';
import { Refused } from '../api/problems.js';
import { setWhoami, type Whoami } from '../api/queries.js';
import { failureText } from '../parts/states.js';
import { texts } from '../texts.js';

const T = texts.signIn;

export function SignIn({ note }: { note: string }): JSX.Element {
  const field = useRef<HTMLInputElement>(null);
  const [fault, setFault] = useState('');
  const [isRunning, setIsRunning] = useState(false);

  const signIn = async (): Promise<void> => {
    const token = field.current?.value.trim() ?? '';
    try {
      const session = await answer(gate.POST('/api/v1/session', { body: { token } }));
      const who: Whoami = { ...session, via: 'session' };
      keepSession(who);
      setWhoami(who);
    } catch (error) {
      setFault(faultText(error));
      field.current?.focus();
    } finally {
      setIsRunning(false);
    }
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    setFault('');
    setIsRunning(true);
    void signIn();
  };
  return (
    <main class="sign-in">
      <h1>{texts.product}</h1>
      <form onSubmit={submit}>
        <label for="token">{T.token}</label>
        <input
          id="token"
          ref={field}
          type="password"
          required
          autocomplete="current-password"
          aria-describedby="token-help"
        />
        <small id="token-help" class="dim">
          {T.help}
        </small>
        <button type="submit" class="primary" disabled={isRunning}>
          {isRunning ? T.running : T.submit}
        </button>
      </form>
      <p role="alert" class="fault">
        {fault || note}
      </p>
    </main>
  );
}

function faultText(error: unknown): string {
  if (!(error instanceof Refused)) return failureText(error);
  if (error.status === 429) return T.tooMany(error.retrySec ?? 60);
  return error.status === 401 ? T.refused : failureText(error);
}
