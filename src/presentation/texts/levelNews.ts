/** Messages on flows that got worse or better. */
import { compareLevels } from '../../domain/health';
import type { Condition } from '../../domain/condition';
import type { AccountFigures, FlowFigures } from '../../domain/model';
import { plainName } from '../escape';
import type { Speech } from '../speech';
import type { Translate } from '../translate';
import { flowName, levelLabel } from './labels';
import { reasonOptions, reasonText } from './reasonTexts';

/** A flow as it is now, and what was known of it before. */
export interface LevelNews {
  readonly account: AccountFigures;
  readonly figures: FlowFigures;
  readonly from: Condition;
}

const maxNamed = 3;
const nameLength = 40;

/** At least one flow; all got worse, or all better. `withAccount`: a flow's name alone does not say whose it is. */
export function levelNewsText(
  news: readonly LevelNews[],
  direction: 'worse' | 'better',
  withAccount: boolean,
  speech: Speech,
): string {
  const { t } = speech;
  const nameOf = ({ account, figures }: LevelNews): string => {
    const name = flowName(figures.flow, nameLength);
    return withAccount ? t('{0} ({1})', name, plainName(account.account.name, nameLength)) : name;
  };
  const [first] = news;
  if (news.length === 1 && first) return singleText(first, nameOf(first), direction, speech);
  const sorted = [...news].sort((a, b) => compareLevels(a.figures.report.level, b.figures.report.level));
  const levels = new Set(sorted.map(({ figures }) => figures.report.level));
  const isMixed = levels.size > 1;
  const named = sorted.slice(0, maxNamed).map((one) => {
    const name = nameOf(one);
    return isMixed ? t('{0}: {1}', name, levelLabel(one.figures.report.level, t)) : name;
  });
  const names = speech.list(
    sorted.length > maxNamed ? [...named, t('{0} more', speech.count(sorted.length - maxNamed))] : named,
  );
  const count = speech.count(sorted.length);
  const [level] = levels;
  if (!isMixed && level === 'critical') return t('{0} flows are now critical: {1}.', count, names);
  if (!isMixed && level === 'warning' && direction === 'worse')
    return t('{0} flows are now in warning: {1}.', count, names);
  if (!isMixed && level === 'healthy') return t('{0} flows are healthy again: {1}.', count, names);
  return direction === 'worse'
    ? t('{0} flows got worse. {1}.', count, names)
    : t('{0} flows got better. {1}.', count, names);
}

function singleText(news: LevelNews, name: string, direction: 'worse' | 'better', speech: Speech): string {
  const { t } = speech;
  const { level } = news.figures.report;
  if (direction === 'better' && level === 'healthy') return t('“{0}” is healthy again.', name);
  return `${headline(news, name, direction, t)} ${reasonSentence(news, speech)}`.trimEnd();
}

function headline({ figures, from }: LevelNews, name: string, direction: 'worse' | 'better', t: Translate): string {
  const alarm = direction === 'worse' ? figures.report.level : from.alarm;
  if (direction === 'worse')
    return alarm === 'critical' ? t('“{0}” is now critical.', name) : t('“{0}” is now in warning.', name);
  return alarm === 'critical' ? t('“{0}” is no longer critical.', name) : t('“{0}” is no longer in warning.', name);
}

/** Why it has its level now. Where the level is as before, Meta has said something new. */
function reasonSentence({ account, figures, from }: LevelNews, speech: Speech): string {
  const { level, reasons } = figures.report;
  const word = level === from.alarm ? reasons.find(({ span, metric }) => span === 'meta' && !metric) : undefined;
  const reason = word ?? reasons[0];
  return reason ? `${speech.sentence(reasonText(reason, speech, reasonOptions(account, speech)))}.` : '';
}
