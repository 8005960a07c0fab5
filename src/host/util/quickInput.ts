import {
  env,
  InputBoxValidationSeverity,
  l10n,
  QuickInputButtons,
  QuickPickItemKind,
  ThemeIcon,
  Uri,
  window,
  type InputBoxValidationMessage,
  type QuickInputButton,
  type QuickInput,
  type QuickPickItem,
} from 'vscode';
import { DisposableStore } from './lifecycle';

/** The result of one question. */
export type InputResult<T> =
  { readonly kind: 'value'; readonly value: T } | { readonly kind: 'back' } | { readonly kind: 'cancelled' };

/** Where a question stands among others. */
export interface StepPosition {
  readonly title: string;
  readonly step?: number;
  readonly totalSteps?: number;
  readonly canGoBack?: boolean;
}

/** A page that a person can open from a question. */
export interface QuestionLink {
  /** Names the page, such as "Open WhatsApp Manager". */
  readonly title: string;
  readonly url: string;
}

export interface TextQuestion extends StepPosition {
  readonly prompt: string;
  readonly placeholder?: string;
  readonly value?: string;
  readonly password?: boolean;
  /** The value that a typed or pasted text stands for; without it, the text without the spaces around it. */
  clean?(text: string): string;
  readonly links?: readonly QuestionLink[];
  /** The problem with the text, as a person types. */
  validate(text: string): string | undefined;
  /** Why the text is probably wrong; the same text entered again is taken. */
  doubt?(text: string): string | undefined;
  /** Tries what was entered; what is wrong with it keeps the question open, with everything typed. */
  tryOut?(text: string, signal: AbortSignal): Promise<string | undefined>;
  /** A sentence that says for whom the trial waits. */
  readonly waitingText?: string;
}

/** Asks for a line of text. Escape cancels; an empty answer never counts. */
export function askText(question: TextQuestion): Promise<InputResult<string>> {
  const input = window.createInputBox();
  input.prompt = question.prompt;
  input.placeholder = question.placeholder;
  input.value = question.value ?? '';
  input.password = question.password ?? false;
  // Pasted text often brings spaces along.
  const entered = question.clean ?? ((text: string): string => text.trim());
  const links = new Map(question.links?.map((link) => [linkButton(link), link]));
  return ask(input, question, (store, finish, signal) => {
    let doubted: string | undefined;
    let trial: AbortController | undefined;
    const buttons = [...input.buttons, ...links.keys()];
    input.buttons = buttons;
    const endTrial = (): void => {
      trial?.abort();
      trial = undefined;
      input.busy = false;
      input.buttons = buttons;
      input.validationMessage = undefined;
    };
    const accept = async (): Promise<void> => {
      const text = entered(input.value);
      const problem = question.validate(text);
      if (problem !== undefined) {
        input.validationMessage = problem;
        return;
      }
      const doubt = text === doubted ? undefined : question.doubt?.(text);
      if (doubt !== undefined) {
        doubted = text;
        input.validationMessage = { message: doubt, severity: InputBoxValidationSeverity.Warning };
        return;
      }
      if (question.tryOut) {
        const own = new AbortController();
        trial = own;
        input.busy = true;
        input.buttons = [...buttons, cancelButton()];
        input.validationMessage = waitingMessage(question.waitingText);
        const failed = await question.tryOut(text, AbortSignal.any([signal, own.signal]));
        if (signal.aborted || own.signal.aborted) return;
        endTrial();
        if (failed !== undefined) {
          input.validationMessage = failed;
          return;
        }
      }
      finish({ kind: 'value', value: text });
    };
    store.add(
      input.onDidChangeValue((text) => {
        endTrial();
        input.validationMessage = entered(text) === '' ? undefined : question.validate(entered(text));
      }),
    );
    store.add(
      input.onDidAccept(() => {
        if (!trial) void accept();
      }),
    );
    store.add(
      input.onDidTriggerButton((button) => {
        const link = links.get(button);
        if (link) void env.openExternal(Uri.parse(link.url));
        else if (trial && button !== QuickInputButtons.Back) endTrial();
      }),
    );
  });
}

function linkButton({ title }: QuestionLink): QuickInputButton {
  return { iconPath: new ThemeIcon('link-external'), tooltip: title };
}

function cancelButton(): QuickInputButton {
  return { iconPath: new ThemeIcon('debug-stop'), tooltip: l10n.t('Cancel') };
}

/** Shown where the problem with the text would stand. */
function waitingMessage(text: string | undefined): InputBoxValidationMessage | undefined {
  return text === undefined ? undefined : { message: text, severity: InputBoxValidationSeverity.Info };
}

export interface Choice<T> extends QuickPickItem {
  /** Absent in separators. */
  readonly value?: T;
}

export interface PickQuestion<T> extends StepPosition {
  readonly placeholder: string;
  readonly choices: readonly Choice<T>[];
  /** Enter takes this one. */
  readonly preset?: T;
  /** What stands in the field at first. */
  readonly text?: string;
  /** The choice that a typed text makes, which then comes first. */
  typed?(text: string): Choice<T>;
}

/** Asks to choose one of several. */
export function askPick<T>(question: PickQuestion<T>): Promise<InputResult<T>> {
  const pick = window.createQuickPick<Choice<T>>();
  pick.placeholder = question.placeholder;
  pick.matchOnDescription = true;
  pick.matchOnDetail = true;
  pick.items = question.choices;
  const preset = question.choices.find(({ value }) => value !== undefined && value === question.preset);
  if (preset) pick.activeItems = [preset];
  const { typed, choices } = question;
  const typedChoice = (): Choice<T> | undefined => {
    const text = pick.value.trim();
    return text === '' ? undefined : typed?.(text);
  };
  let offered: Choice<T> | undefined;
  /** Until the list has caught up with what was typed, its active entry is one from before. */
  let isBehind = false;
  const offer = (): void => {
    isBehind = true;
    const choice = typedChoice();
    offered = choice && { ...choice, alwaysShow: true };
    pick.items = offered ? [offered, ...choices] : choices;
  };
  return ask(pick, question, (store, finish) => {
    if (typed) {
      pick.value = question.text ?? '';
      offer();
      store.add(pick.onDidChangeValue(offer));
      store.add(
        pick.onDidChangeActive(([active]) => {
          if (active === (offered ?? choices[0])) isBehind = false;
        }),
      );
    }
    store.add(
      pick.onDidAccept(() => {
        const [active] = pick.activeItems;
        const choice = active === undefined || active === offered || isBehind ? (typedChoice() ?? active) : active;
        if (choice?.value !== undefined) finish({ kind: 'value', value: choice.value });
      }),
    );
  });
}

export function separator<T>(label: string): Choice<T> {
  return { label, kind: QuickPickItemKind.Separator };
}

async function ask<T>(
  input: QuickInput & {
    buttons: readonly unknown[];
    onDidTriggerButton(listener: (button: unknown) => void): { dispose(): void };
  },
  place: StepPosition,
  listen: (store: DisposableStore, finish: (answer: InputResult<T>) => void, signal: AbortSignal) => void,
): Promise<InputResult<T>> {
  const store = new DisposableStore();
  const closing = new AbortController();
  store.add(input);
  input.title = place.title;
  input.step = place.step;
  input.totalSteps = place.totalSteps;
  // Tokens and ids are fetched from other windows meanwhile.
  input.ignoreFocusOut = true;
  if (place.canGoBack) input.buttons = [QuickInputButtons.Back];
  try {
    return await new Promise<InputResult<T>>((finish) => {
      store.add(
        input.onDidTriggerButton((button) => {
          if (button === QuickInputButtons.Back) finish({ kind: 'back' });
        }),
      );
      store.add(input.onDidHide(() => finish({ kind: 'cancelled' })));
      listen(store, finish, closing.signal);
      input.show();
    });
  } finally {
    closing.abort();
    store.dispose();
  }
}
