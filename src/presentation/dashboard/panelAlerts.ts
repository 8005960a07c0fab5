/** Alerts of Meta as the dashboard shows them. */
import type { MeterAlert } from '../../contract/alert';
import type { PanelAlert } from '../panelProtocol';
import { alertLevel, alertRuleOf, isActive } from '../../domain/alertLevels';
import { crossingText } from '../texts/limitTexts';
import { alertDetails } from '../texts/alertDetails';
import { plainName } from '../escape';
import type { Formats } from '../formats';
import type { Speech } from '../speech';
import { metricTable } from '../metricTable';
import { defined } from '../../util/defined';

const maxText = 200;

/** The figure of an event as text; Meta gives ratios in percent. */
const figures: Readonly<Partial<Record<string, (value: number, formats: Formats) => string>>> = {
  ENDPOINT_ERROR_RATE: (value, formats) => formats.percent(value / 100),
  ENDPOINT_LATENCY: (value, formats) => formats.milliseconds(value),
  ENDPOINT_AVAILABILITY: (value, formats) => formats.availability(value / 100),
};

/** Meta's alerts in words: those that still hold first, then the newest. */
export function panelAlerts(alerts: readonly MeterAlert[], speech: Speech): readonly PanelAlert[] {
  const { t, now } = speech;
  return [...alerts]
    .sort((a, b) => Number(isActive(b)) - Number(isActive(a)) || b.time - a.time)
    .map((alert) => {
      const { type, state, time, until, value, threshold, text } = alert;
      const rule = alertRuleOf(type);
      const definition = rule && metricTable[rule.metric];
      const figure = rule && figures[type];
      const details = alertDetails(alert, speech);
      // The sentence goes on after the text, so its full stop goes.
      const ownText = plainName(text, maxText).replace(/\.$/, '') || plainName(type, 60);
      return {
        type,
        state,
        level: alertLevel(alert),
        begin: time,
        ...(rule ? { metric: rule.metric } : {}),
        ...defined({ end: until }),
        text:
          figure && definition && value !== undefined && threshold !== undefined
            ? crossingText(
                `${definition.sentenceName(t)} ${figure(value, speech)}`,
                definition.limitText(rule.limit(threshold), speech),
                definition.direction,
                t,
              )
            : ownText,
        when:
          until === undefined
            ? t('since {0}', speech.moment(time, now))
            : t('{0} to {1}', speech.moment(time, now), speech.moment(until, time)),
        ...defined({ details }),
      };
    });
}
