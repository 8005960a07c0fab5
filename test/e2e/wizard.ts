/** The questions of "Connect to WhatsApp…", answered as a person does. */
import type { Page } from 'playwright-core';
import { quickInput, quickInputState, quickPick, runCommand, waitForQuickInput } from '../../scripts/editor/workbench';
import { eventually } from './lab';

export interface WizardAnswers {
  readonly url: string;
  readonly businessAccountId: string;
  readonly name: string;
  readonly token: string;
}

/** What is asked for another server, in order: words of each question, and how it is answered. */
const questions: readonly (readonly [words: string, answer: (page: Page, answers: WizardAnswers) => Promise<void>])[] =
  [
    ['Where are your flows?', (page) => quickPick(page, 'Another server of this API')],
    ['Base URL of the server', (page, { url }) => quickInput(page, url)],
    ['Which flows?', (page) => quickPick(page, 'All flows of a WhatsApp Business Account')],
    ['ID of the WhatsApp Business Account', (page, { businessAccountId }) => quickInput(page, businessAccountId)],
    ['A name of your choice', (page, { name }) => quickInput(page, name)],
    ['Access token, sent only to 127.0.0.1:', (page, { token }) => quickInput(page, token)],
  ];

export const questionCount = questions.length;

/** Opens the wizard and answers so many questions; the next one is open then, or the wizard done. */
export async function answer(page: Page, answers: WizardAnswers, count = questionCount): Promise<void> {
  await runCommand(page, 'Flowmeter: Connect to WhatsApp…');
  for (const [words, give] of questions.slice(0, count)) {
    await waitForQuickInput(page, words);
    await give(page, answers);
  }
  const next = questions[count];
  if (next) await waitForQuickInput(page, next[0]);
}

/** Waits until what was entered is refused with these words, and the question still stands. */
export async function refusal(page: Page, words: string): Promise<string> {
  let message = '';
  await eventually(`a refusal with "${words}"`, async () => {
    message = (await quickInputState(page))?.message ?? '';
    return message.includes(words);
  });
  return message;
}

export async function goBack(page: Page): Promise<void> {
  await page.locator('.quick-input-titlebar [aria-label^="Back"]').click();
}

export async function wizardClosed(page: Page): Promise<void> {
  await eventually('the questions are over', async () => (await quickInputState(page)) === undefined);
}
