/** A small menu that copies what a card shows. */
import { base64Of, cardPicture, type CardContent } from './cardPicture';
import { attribute, el } from './dom';
import { icon } from './icons';
import { plainTable } from './plainTable';
import { texts } from './texts';

interface CopyEvents {
  /** The flow, its period and its source, in a line. */
  readonly about: () => string;
  /** Tells a screen reader. */
  readonly say: (text: string) => void;
  /** The clipboard takes no picture here; `png` is base64. */
  readonly save: (png: string) => void;
}

/** How long the mark of success stays, in milliseconds. */
const doneMs = 2000;

export class CopyMenu {
  readonly element: HTMLElement;
  private readonly button: HTMLButtonElement;
  private readonly menu = el('div', { class: 'menu', role: 'menu', popover: 'auto' });
  private readonly image: HTMLButtonElement;

  constructor(
    title: string,
    private readonly content: () => CardContent | undefined,
    private readonly events: CopyEvents,
  ) {
    const name = texts.copyOf(title);
    this.button = el(
      'button',
      { class: 'quiet', type: 'button', title: texts.copy, 'aria-label': name, 'aria-haspopup': 'menu' },
      icon('copy'),
    );
    this.image = this.item(texts.copyImage, (card) => this.copyImage(card));
    attribute(this.menu, 'aria-label', name);
    this.menu.append(
      this.item(texts.copyFigures, (card) => this.copyFigures(card)),
      this.image,
    );
    // Clicks, Escape and a second press of the button close it.
    this.button.popoverTargetElement = this.menu;
    this.menu.addEventListener('beforetoggle', () => this.place());
    this.menu.addEventListener('toggle', (event) => {
      const open = (event as ToggleEvent).newState === 'open';
      attribute(this.button, 'aria-expanded', open ? 'true' : 'false');
      if (open) this.items[0]?.focus();
    });
    this.menu.addEventListener('keydown', (event) => this.key(event));
    this.element = el('span', { class: 'copy' }, this.button, this.menu);
  }

  /** A card that shows its table has no chart to copy. */
  allowImage(allowed: boolean): void {
    this.image.hidden = !allowed;
  }

  private get items(): readonly HTMLButtonElement[] {
    return [...this.menu.querySelectorAll<HTMLButtonElement>('button:not([hidden])')];
  }

  private async copyFigures({ view, title, drawn }: CardContent): Promise<void> {
    await navigator.clipboard.writeText(plainTable(view, drawn.figures, drawn.formats));
    this.showDone(texts.figuresCopied(title));
  }

  private async copyImage(card: CardContent): Promise<void> {
    const picture = await cardPicture(card, this.events.about());
    try {
      await navigator.clipboard.write([new ClipboardItem({ 'image/png': picture })]);
      this.showDone(texts.imageCopied(card.title));
    } catch {
      this.events.save(await base64Of(picture));
    }
  }

  private item(label: string, act: (card: CardContent) => Promise<void>): HTMLButtonElement {
    const item = el('button', { type: 'button', role: 'menuitem', tabindex: -1 }, label);
    item.addEventListener('click', () => {
      this.menu.hidePopover();
      const card = this.content();
      if (card) void act(card);
    });
    return item;
  }

  private showDone(text: string): void {
    this.events.say(text);
    this.button.replaceChildren(icon('healthy'));
    setTimeout(() => this.button.replaceChildren(icon('copy')), doneMs);
  }

  /** Under the button, or over it where the page ends. */
  private place(): void {
    const { right, top, bottom, height } = this.button.getBoundingClientRect();
    const { style } = this.menu;
    const below = bottom + 3.5 * height < innerHeight;
    style.right = `${document.documentElement.clientWidth - right}px`;
    style.top = below ? `${bottom + 2}px` : 'auto';
    style.bottom = below ? 'auto' : `${innerHeight - top + 2}px`;
  }

  private key(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === 'Tab') this.menu.hidePopover();
    if (step === undefined) return;
    event.preventDefault();
    const { items } = this;
    const at = items.findIndex((item) => item === document.activeElement);
    items[(at + step + items.length) % items.length]?.focus();
  }
}
