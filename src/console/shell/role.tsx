import { type ComponentChildren, createContext, type JSX } from 'preact';
import { useContext } from 'preact/hooks';
import { texts } from '../texts.js';

const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export const RoleContext = createContext<Role>('viewer');

/** The gate decides who may; this only does not offer what it would refuse. */
export function useMay(needed: Role): boolean {
  return ROLES.indexOf(useContext(RoleContext)) >= ROLES.indexOf(needed);
}

export function ActButton(props: {
  needs: Role;
  onClick: () => void;
  children: ComponentChildren;
  class?: string;
  label?: string;
}): JSX.Element {
  const { needs, onClick, children, label } = props;
  const may = useMay(needs);
  return (
    <button
      type="button"
      class={props.class ?? ''}
      disabled={!may}
      title={may ? undefined : texts.action.needs(needs)}
      aria-label={label}
      onClick={onClick}
    >
      {children}
    </button>
  );
}
