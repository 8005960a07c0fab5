/** Buttons of the toolkit. */
import { el } from './dom';
import { icon, type IconName } from './icons';

interface ButtonLook {
  readonly secondary?: boolean;
  readonly icon?: IconName;
  readonly title?: string;
}

export function button(label: string, press: () => void, look: ButtonLook = {}): HTMLElement {
  const element = el(
    'vscode-button' as 'div',
    { appearance: look.secondary ? 'secondary' : 'primary', title: look.title },
    look.icon && icon(look.icon),
    label,
  );
  element.addEventListener('click', () => {
    if (!element.hasAttribute('disabled')) press();
  });
  return element;
}
