/** The flows of the demo business. */
import { demoBusinessAccountId } from '../../domain/account';
import type { BusinessAccountRecord } from '../metricStore';
import { broken, calm, creeping, outages, serverErrors, slowRelease, sluggish } from './conducts';
import { shape, type Conduct, type DemoFlow, type Moment, type Traffic } from './demoFlow';
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
  // Healthy, with many requests, and about to be less so.
  demoFlow({
    id: '1187422960415573',
    name: 'Newsletter sign-up',
    status: 'PUBLISHED',
    category: 'SIGN_UP',
    dataApiVersion: '4.0',
    endpoint: 'newsletter',
    traffic: traffic(21_500, allDay, sameEachDay, creeping),
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
