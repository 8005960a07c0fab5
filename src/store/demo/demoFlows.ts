/**
 * The flows of the demo business. Their incidents come back in cycles and are laid out so that each flow has the same
 * health at every moment, whenever the demo is looked at, without its past ever changing.
 */
import { demoBusinessAccountId } from '../../domain/account';
import { dayMs } from '../../contract/calendar';
import type { BusinessAccountRecord } from '../metricStore';
import { along, shape, type Conduct, type DemoFlow, type ErrorMix, type Moment, type Traffic } from './demoFlow';
import { defined } from '../../util/defined';

const businessName = 'Bistro Nord';

export const demoBusinessAccount: BusinessAccountRecord = {
  id: demoBusinessAccountId,
  fields: {
    id: demoBusinessAccountId,
    name: businessName,
    // Meta's number of America/Los_Angeles.
    timezone_id: '1',
    message_template_namespace: '1a2b3c4d_5e6f_7a8b_9c0d_1e2f3a4b5c6d',
  },
};

// Hours from midnight on.
const evenings = shape(1, 0.6, 0.4, 0.3, 0.3, 0.4, 1, 2, 3, 4, 6, 9, 11, 9, 6, 6, 8, 11, 14, 13, 10, 6, 3, 2);
const officeHours = shape(1, 1, 1, 1, 1, 2, 4, 7, 10, 12, 13, 12, 10, 11, 12, 12, 11, 9, 7, 6, 5, 4, 3, 2);
const allDay = shape(4, 3, 3, 3, 3, 4, 5, 6, 7, 8, 9, 9, 9, 9, 9, 9, 9, 10, 11, 11, 10, 9, 7, 5);

// Days from Sunday on.
const weekendsFull = shape(9, 8, 8, 9, 10, 14, 14);
const weekdaysFull = shape(5, 11, 12, 12, 11, 10, 6);
const sameEachDay = shape(9, 10, 10, 10, 10, 10, 9);

const usualErrors: ErrorMix = [0.5, 0.3, 0.12, 0.08];
const timeouts: ErrorMix = [0.74, 0.15, 0.07, 0.04];
const serverErrors: ErrorMix = [0.16, 0.66, 0.1, 0.08];

/** Days into a cycle of so many days. */
function dayOfCycle(day: number, length: number, begin: number): number {
  return (((day - begin) % length) + length) % length;
}

const storyBegin = Date.UTC(2026, 10, 6) / dayMs;

/** An endpoint without trouble. */
function calm(p90Seconds: number, errorRate: number, failedChecks: number | undefined): (moment: Moment) => Conduct {
  return ({ dayNoise }) => ({
    errorRate: errorRate * (0.8 + 0.4 * dayNoise(1)),
    errorMix: usualErrors,
    p90Seconds: p90Seconds * (0.96 + 0.08 * dayNoise(2)),
    steepness: 3,
    failedChecks,
  });
}

/**
 * Four weeks: the endpoint is slow; more and more of its answers come too late; a quicker release helps those who wait,
 * not the errors; then, day by day, it slows down again until a longer time limit brings the errors down.
 * At every moment the error rate is above 10 % or p90 above 5 s.
 */
function slowRelease({ day, dayNoise }: Moment): Conduct {
  const at = dayOfCycle(day, 28, storyBegin);
  return {
    errorRate: along(at, [
      [1, 0.014],
      [5, 0.03],
      [11, 0.12],
      [20, 0.135],
      [26.5, 0.16],
      [27.5, 0.014],
    ]),
    errorMix: timeouts,
    p90Seconds:
      (0.98 + 0.04 * dayNoise(1)) *
      along(at, [
        [15, 5.75],
        [17, 2.2],
        [20, 2.2],
        [25.5, 5.75],
      ]),
    steepness: 4.4,
    // For two days nobody looks, as in the week after a change of the endpoint's address.
    failedChecks:
      at >= 7 && at < 9
        ? undefined
        : along(at, [
            [4, 0.008],
            [11, 0.02],
            [26, 0.03],
          ]) *
          (0.5 + dayNoise(2)),
  };
}

/** An endpoint that flaps all the time; every other week it is down for five hours, and seven hours of checks are lost. */
function outages({ day, dayNoise }: Moment): Conduct {
  const at = dayOfCycle(day, 14, storyBegin);
  const hours = (at - 11.25) * 24;
  const down = hours >= 0 && hours < 5;
  const lost = hours >= 5 && hours < 12;
  return {
    errorRate: down ? 0.93 : 0.08 + 0.05 * dayNoise(1),
    errorMix: down ? timeouts : serverErrors,
    p90Seconds: down ? 6.5 : 2.6 + 0.8 * dayNoise(2),
    steepness: 2.6,
    failedChecks: lost ? undefined : down ? 1 : 0.145 + 0.055 * dayNoise(3),
  };
}

/** An endpoint so broken that Meta has blocked its flow; in every third week it is not checked for two days. */
function broken({ day, dayNoise }: Moment): Conduct {
  const at = dayOfCycle(day, 21, storyBegin);
  return {
    errorRate: 0.38 + 0.12 * Math.sin((2 * Math.PI * at) / 21) + 0.06 * dayNoise(1),
    errorMix: serverErrors,
    p90Seconds: 8 + dayNoise(2),
    steepness: 2.4,
    failedChecks: at >= 12 && at < 14 ? undefined : 0.3 + 0.15 * dayNoise(3),
  };
}

/** Slower from week to week until a release makes it quicker again; always above 1 s, never above 3 s. */
function sluggish({ day, dayNoise }: Moment): Conduct {
  const at = dayOfCycle(day, 35, storyBegin);
  return {
    ...calm(1, 0.014, 0.006)({ day, dayNoise, hourOfDay: 0 }),
    p90Seconds:
      (0.97 + 0.06 * dayNoise(2)) *
      along(at, [
        [0, 1.5],
        [33, 2.7],
        [35, 1.5],
      ]),
    steepness: 2.8,
  };
}

function traffic(
  requestsPerDay: number,
  hours: readonly number[],
  weekdays: readonly number[],
  conduct: (moment: Moment) => Conduct,
): Traffic {
  return { requestsPerDay, hours, weekdays, conduct };
}

interface FlowSheet {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly category: string;
  readonly dataApiVersion?: string;
  /** Last part of the endpoint's address; left out where the flow has none. */
  readonly endpoint?: string;
  /** Meta's word on sending, with what it gives as the reason. */
  readonly canSend?: 'AVAILABLE' | 'LIMITED' | 'BLOCKED';
  readonly note?: string;
  readonly solution?: string;
  readonly validationErrors?: readonly unknown[];
  readonly traffic?: Traffic;
}

function demoFlow(sheet: FlowSheet): DemoFlow {
  const { id, name, status, dataApiVersion = '3.0', endpoint, canSend = 'AVAILABLE' } = sheet;
  const endpointUri = endpoint ? `https://flows.bistro-nord.example/${endpoint}` : '';
  const fine = { can_send_message: 'AVAILABLE' };
  const incident = sheet.solution
    ? { errors: [{ error_code: 131000, error_description: sheet.note, possible_solution: sheet.solution }] }
    : sheet.note
      ? { additional_info: [sheet.note] }
      : {};
  return {
    id,
    ...defined({ traffic: sheet.traffic }),
    fields: {
      id,
      name,
      status,
      categories: [sheet.category],
      validation_errors: sheet.validationErrors ?? [],
      json_version: '7.0',
      data_api_version: dataApiVersion,
      endpoint_uri: endpointUri,
      data_channel_uri: endpointUri,
      updated_at: '2026-01-14T10:20:00+0000',
      whatsapp_business_account: demoBusinessAccount.fields,
      application: {
        id: '700800900100200',
        name: `${businessName} Flows`,
        link: 'https://flows.bistro-nord.example/',
      },
      health_status: {
        can_send_message: canSend,
        entities: [
          { entity_type: 'FLOW', id, can_send_message: canSend, ...incident },
          { entity_type: 'WABA', id: demoBusinessAccountId, ...fine },
          { entity_type: 'BUSINESS', id: '300400500600700', ...fine },
          { entity_type: 'APP', id: '700800900100200', ...fine },
        ],
      },
    },
  };
}

export const demoFlows: readonly DemoFlow[] = [
  // Warning, by error rate or p90 latency.
  demoFlow({
    id: '1204588317730952',
    name: 'Table booking',
    status: 'PUBLISHED',
    category: 'APPOINTMENT_BOOKING',
    endpoint: 'table-booking',
    traffic: traffic(1670, evenings, weekendsFull, slowRelease),
  }),
  // Healthy, with many requests.
  demoFlow({
    id: '1187422960415573',
    name: 'Newsletter sign-up',
    status: 'PUBLISHED',
    category: 'SIGN_UP',
    dataApiVersion: '4.0',
    endpoint: 'newsletter',
    traffic: traffic(21_500, allDay, sameEachDay, calm(0.62, 0.004, 0.003)),
  }),
  // Critical, by availability.
  demoFlow({
    id: '1339508127746021',
    name: 'Delivery slot',
    status: 'PUBLISHED',
    category: 'CUSTOMER_SUPPORT',
    endpoint: 'delivery-slot',
    traffic: traffic(2350, allDay, sameEachDay, outages),
  }),
  // Attention, by p90 latency.
  demoFlow({
    id: '1421077653398240',
    name: 'Loan application',
    status: 'PUBLISHED',
    category: 'LEAD_GENERATION',
    endpoint: 'loan',
    traffic: traffic(1150, officeHours, weekdaysFull, sluggish),
  }),
  // Warning, by Meta's word.
  demoFlow({
    id: '1098233745561187',
    name: 'Insurance quote',
    status: 'THROTTLED',
    category: 'LEAD_GENERATION',
    endpoint: 'insurance-quote',
    canSend: 'LIMITED',
    note: 'The endpoint answers with too many errors: at most 10 messages an hour can be sent.',
    traffic: traffic(640, officeHours, weekdaysFull, (moment) => ({
      ...calm(3.4, 0.068, 0.025)(moment),
      errorMix: serverErrors,
    })),
  }),
  // Critical, by Meta's word.
  demoFlow({
    id: '1250664418932705',
    name: 'Warranty claim',
    status: 'BLOCKED',
    category: 'CUSTOMER_SUPPORT',
    endpoint: 'warranty',
    canSend: 'BLOCKED',
    note: 'endpoint_uri: the endpoint failed too many requests and availability checks.',
    solution: 'Repair the endpoint; the flow is released when its checks succeed again.',
    traffic: traffic(780, allDay, sameEachDay, broken),
  }),
  // Healthy, although availability is not checked: that begins with version 3.0.
  demoFlow({
    id: '1165900382247714',
    name: 'Return request',
    status: 'PUBLISHED',
    category: 'CUSTOMER_SUPPORT',
    dataApiVersion: '2.1',
    endpoint: 'returns',
    traffic: traffic(1480, allDay, weekdaysFull, calm(0.74, 0.011, undefined)),
  }),
  // Healthy over 7 days; under 250 requests in the days that a look at 24 hours needs.
  demoFlow({
    id: '1312750096683429',
    name: 'Gift card balance',
    status: 'PUBLISHED',
    category: 'CUSTOMER_SUPPORT',
    endpoint: 'gift-card',
    traffic: traffic(44, officeHours, sameEachDay, calm(0.6, 0.008, 0.004)),
  }),
  // Not judged: under 250 requests in all that is stored.
  demoFlow({
    id: '1473318829905561',
    name: 'Partner onboarding',
    status: 'PUBLISHED',
    category: 'OTHER',
    endpoint: 'partners',
    traffic: traffic(1.2, officeHours, weekdaysFull, calm(0.7, 0.01, 0.004)),
  }),
  // Not judged: no endpoint.
  demoFlow({
    id: '1056641273389015',
    name: 'Contact us',
    status: 'PUBLISHED',
    category: 'CONTACT_US',
  }),
  // Not judged: a draft.
  demoFlow({
    id: '1530447720168893',
    name: 'Product survey',
    status: 'DRAFT',
    category: 'SURVEY',
    endpoint: 'survey',
    canSend: 'BLOCKED',
    note: 'The flow is not published.',
    solution: 'Publish it.',
    validationErrors: [
      {
        error: 'INVALID_PROPERTY',
        error_type: 'FLOW_JSON_ERROR',
        message: 'The property "initial-text" is not known.',
        line_start: 46,
        line_end: 46,
        column_start: 17,
        column_end: 30,
      },
    ],
  }),
  // Not judged: no longer sent, though messages of old are still opened.
  demoFlow({
    id: '1148839915502276',
    name: 'Summer raffle',
    status: 'DEPRECATED',
    category: 'OTHER',
    endpoint: 'raffle',
    canSend: 'BLOCKED',
    note: 'The flow is deprecated.',
    solution: 'Send another flow.',
    traffic: traffic(330, evenings, weekendsFull, calm(0.8, 0.009, 0.004)),
  }),
];
