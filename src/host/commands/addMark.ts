import { l10n, ThemeIcon } from 'vscode';
import { maxMarkLength, parseMarkText } from '../../contract/mark';
import { isLive } from '../../domain/windows';
import { flowName } from '../../presentation/texts/labels';
import { plainName } from '../../presentation/escape';
import type { FlowRef } from '../../state/flowRef';
import type { KeptMarks } from '../marks/keptMarks';
import { speechNow } from '../util/formats';
import { UserFacingError } from '../util/userFacingError';
import { askPick, separator, type Choice } from '../util/quickInput';
import { askSteps, pickStep, textStep, type Step } from '../util/steps';
import type { CommandParts } from './commandParts';
import { readMarkTime, writeMarkTime } from './markTime';
import { showStatusMessage } from './targets';

interface MarkAnswers {
  text: string;
  time: string;
  /** False: of all flows of the account. */
  ofFlow: boolean;
}

/** A mark that can be removed, and how. */
interface Removable {
  readonly text: string;
  readonly time: number;
  readonly isOfAllFlows: boolean;
  /** A meter keeps it, so that it goes for everybody. */
  readonly isOfMeter: boolean;
  readonly remove: () => Promise<void>;
}

/** So long a person waits for the marks of a meter, in milliseconds. */
const meterMs = 3000;

/** Adds a mark to a flow or to all flows of its account, or removes one of those that were added here or in the meter. */
export async function addMark(parts: CommandParts, argument: unknown): Promise<void> {
  const { targets, state, marks } = parts;
  const title = l10n.t('Add Mark');
  const ref = targets.read(argument).flow ?? (await targets.currentOrAsked(title));
  const record = ref && state.account(ref.accountName)?.records.get(ref.flowId);
  if (!ref || !record) return;
  const kept = await marks.get();
  const heading = `${title} — ${flowName(record.flow)}`;
  const chosen = await askWhich(heading, [...ownMarks(kept, ref), ...(await meterMarks(parts, ref))]);
  if (!chosen) return;
  if (chosen !== newMark) {
    await chosen.remove();
    showStatusMessage(l10n.t('Removed the mark “{0}”.', plainName(chosen.text)));
    return;
  }
  const now = Date.now();
  const answers: MarkAnswers = { text: '', time: writeMarkTime(now), ofFlow: true };
  if (!(await askSteps(heading, answers, questions(ref)))) return;
  // The time in the field has minutes only.
  const time = answers.time === writeMarkTime(now) ? now : readMarkTime(answers.time, Date.now());
  const text = parseMarkText(answers.text);
  if (time === undefined || time === 'later' || !text.ok) return;
  const { accountName, flowId } = ref;
  await kept.add({ accountName, text: text.value, time, ...(answers.ofFlow ? { flowId } : {}) });
  showStatusMessage(l10n.t('Added the mark “{0}”.', plainName(text.value)));
}

function ownMarks(kept: KeptMarks, ref: FlowRef): readonly Removable[] {
  return kept.of(ref).map(({ id, text, time, flowId }) => ({
    text,
    time,
    isOfAllFlows: flowId === undefined,
    isOfMeter: false,
    remove: () => kept.remove(id),
  }));
}

/** As they stand in the meter now; none where the account has no meter, or it does not answer. */
async function meterMarks({ state, connections, log }: CommandParts, ref: FlowRef): Promise<readonly Removable[]> {
  const entry = state.account(ref.accountName);
  if (!entry || !isLive(entry.info)) return [];
  const tell = (thrown: unknown): void =>
    log.warn(`“${ref.accountName}”, marks: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  try {
    const client = await connections.connect(entry.account);
    const found = (await client?.readMarks(ref.flowId, AbortSignal.timeout(meterMs))) ?? [];
    return found.map(({ id, text, time, flowId }) => ({
      text,
      time,
      isOfAllFlows: flowId === undefined,
      isOfMeter: true,
      remove: async () => {
        try {
          await client!.removeMark(id);
        } catch (thrown) {
          tell(thrown);
          throw new UserFacingError(l10n.t('The meter did not remove the mark “{0}”. See the log.', plainName(text)));
        }
        state.dashboards.removeMark(ref.accountName, id);
      },
    }));
  } catch (thrown) {
    tell(thrown);
    return [];
  }
}

const newMark = 'new';

/** Asks only where there is something to remove. */
async function askWhich(title: string, marks: readonly Removable[]): Promise<Removable | typeof newMark | undefined> {
  if (marks.length === 0) return newMark;
  const { moment, now } = speechNow();
  const choices: Choice<Removable | typeof newMark>[] = [
    { label: l10n.t('New mark'), iconPath: new ThemeIcon('add'), value: newMark },
    separator(l10n.t('Remove')),
    ...[...marks]
      .sort((a, b) => b.time - a.time)
      .map((mark) => ({
        label: plainName(mark.text),
        description: [
          moment(mark.time, now),
          mark.isOfAllFlows ? l10n.t('all flows') : '',
          mark.isOfMeter ? l10n.t('kept by the meter') : '',
        ]
          .filter(Boolean)
          .join(' · '),
        iconPath: new ThemeIcon('trash'),
        value: mark,
      })),
  ];
  const answer = await askPick({ title, placeholder: l10n.t('Add a mark, or remove one'), choices });
  return answer.kind === 'value' ? answer.value : undefined;
}

function questions({ accountName }: FlowRef): readonly Step<MarkAnswers>[] {
  return [
    textStep<MarkAnswers, 'text'>('text', () => ({
      prompt: l10n.t('What happened? The charts show it beside the line.'),
      placeholder: 'v1.4.2',
      validate: (text) =>
        parseMarkText(text).ok ? undefined : l10n.t('A mark has 1 to {0} characters.', maxMarkLength),
    })),
    textStep<MarkAnswers, 'time'>('time', () => ({
      prompt: l10n.t('When? As 2026-03-12 14:18, or as 14:18 for today, by the clock of this computer.'),
      validate: (text) => {
        const time = readMarkTime(text, Date.now());
        if (time === 'later') return l10n.t('This time has not come yet.');
        return time === undefined ? l10n.t('Enter a time such as 2026-03-12 14:18, or 14:18 for today.') : undefined;
      },
    })),
    pickStep<MarkAnswers, 'ofFlow'>('ofFlow', () => ({
      placeholder: l10n.t('On the charts of which flows?'),
      choices: [
        { label: l10n.t('This flow'), value: true },
        { label: l10n.t('All flows of “{0}”', plainName(accountName)), value: false },
      ],
    })),
  ];
}
