import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { followEvents, stopEvents } from '../api/live.js';
import { useStatus, useWhoami } from '../api/queries.js';
import { ActionDialog } from '../parts/action.js';
import { Badge } from '../parts/bits.js';
import { useRoute } from '../parts/route.js';
import { screenOf, useScreens } from '../screens/all.js';
import { texts } from '../texts.js';
import { Header } from './header.js';
import { HelpDialog, useKeys } from './keys.js';
import { SignIn } from './sign-in.js';
import { StaleNote, useIsStale } from './stale.js';
import { RoleContext } from './role.js';

export function App(): JSX.Element {
  const { data: who, isPending, error } = useWhoami();
  const name = who?.name;
  useEffect(() => {
    if (name === undefined) return undefined;
    followEvents();
    return stopEvents;
  }, [name]);
  if (who === undefined && isPending) return <p class="state">{texts.states.loading}</p>;
  if (who === undefined) return <SignIn note={error === null ? '' : texts.signIn.unreachable} />;
  if (who === null) return <SignIn note="" />;
  return (
    <RoleContext.Provider value={who.role}>
      <Shell name={who.name} role={who.role} />
    </RoleContext.Provider>
  );
}

function Shell({ name, role }: { name: string; role: string }): JSX.Element {
  const route = useRoute();
  const { Screen, title } = screenOf(route.screen);
  const screens = useScreens();
  const isStale = useIsStale();
  useKeys(screens);
  useEffect(() => {
    document.title = `${title} · ${texts.product}`;
  }, [title]);
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        {texts.header.skip}
      </a>
      <Header name={name} role={role} />
      <nav aria-label={texts.nav.label}>
        {screens
          .filter(({ nav }) => nav !== undefined)
          .map(({ name: screen, nav }) => (
            <a key={screen} href={`#/${screen}`} aria-current={screen === route.screen ? 'page' : undefined}>
              {nav}
              {screen === 'needs' && <Waiting />}
            </a>
          ))}
      </nav>
      <StaleNote />
      <main id="main" tabIndex={-1} class={isStale ? 'stale' : ''}>
        <Screen route={route} key={`${route.screen}/${route.id}`} />
      </main>
      <ActionDialog />
      <HelpDialog screens={screens} />
    </>
  );
}

/** How much needs a person. */
function Waiting(): JSX.Element | null {
  const { data } = useStatus();
  const count = data?.attention.length ?? 0;
  return count === 0 ? null : (
    <>
      {' '}
      <Badge tone="warn">{count}</Badge>
    </>
  );
}

/** The fragment is the route, so that the link itself would leave the screen. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}
