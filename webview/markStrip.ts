/** All marks of the charts in a line above them, each of which opens its figures before and after. */
import type { PanelMark } from '../src/presentation/panelProtocol';
import { beforeAfter, sidesId } from './beforeAfter';
import { button } from './button';
import { el, fill } from './dom';
import { icon } from './icons';
import type { Drawn } from './intervalCursor';
import { markLabel } from './marks';
import { texts } from './texts';

export class MarkStrip {
  readonly element = el('section', { class: 'marks', 'aria-label': texts.marks, hidden: true });
  private readonly list = el('ul', {});
  private drawn: Drawn | undefined;
  /** The mark whose figures are shown. */
  private opened: string | undefined;

  constructor(add: () => void) {
    const addButton = button(texts.addMark, add, { secondary: true });
    this.element.append(icon('flag'), el('b', {}, texts.marks), this.list, addButton);
  }

  /** Undefined where there are no charts over time. */
  show(drawn: Drawn | undefined): void {
    this.drawn = drawn;
    const { marks = [], laterMarks = [] } = drawn?.figures ?? {};
    this.element.hidden = marks.length + laterMarks.length === 0;
    fill(this.list, [marks, laterMarks], () => [
      ...[...laterMarks].reverse().map((mark) => el('li', {}, ...named(mark, ` · ${texts.afterFigures}`))),
      ...[...marks].reverse().map((mark) => el('li', {}, this.opener(mark))),
    ]);
    this.showSides();
  }

  private opener(mark: PanelMark): HTMLElement {
    const opener = el(
      'button',
      { class: 'quiet', type: 'button', title: texts.sidesTitle, 'data-mark': keyOf(mark) },
      ...named(mark),
    );
    opener.addEventListener('click', () => {
      this.opened = this.opened === keyOf(mark) ? undefined : keyOf(mark);
      this.showSides();
    });
    return opener;
  }

  private showSides(): void {
    const { drawn, opened } = this;
    const mark = drawn?.figures.marks.find((one) => keyOf(one) === opened);
    for (const opener of this.list.querySelectorAll('button')) {
      const isOpen = mark !== undefined && opener.dataset.mark === opened;
      opener.setAttribute('aria-expanded', String(isOpen));
      if (isOpen) opener.setAttribute('aria-controls', sidesId);
      else opener.removeAttribute('aria-controls');
    }
    this.element.querySelector(`#${sidesId}`)?.remove();
    if (drawn && mark) this.element.append(beforeAfter(mark, drawn));
  }
}

function keyOf({ time, text }: PanelMark): string {
  return `${time} ${text}`;
}

function named(mark: PanelMark, note = ''): readonly Node[] {
  return [el('span', { class: 'text' }, markLabel(mark)), el('span', { class: 'muted' }, `${mark.when}${note}`)];
}
