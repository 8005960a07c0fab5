/**
 * The documented fields of what a server of this API answers about. A client may ask each of them: a server leaves out
 * what it does not know, and refuses only what is no field at all.
 */

export interface NodeShape {
  /** Its name in Graph's messages. */
  readonly type: string;
  /** True where it has an id, which Graph gives whether asked for or not. */
  readonly hasId?: boolean;
  /** `null`: a plain value, or one whose parts are not told apart. */
  readonly fields: Readonly<Record<string, NodeShape | null>>;
}

/** The fields of that name, all plain values. */
function plain(...names: readonly string[]): Readonly<Record<string, null>> {
  return Object.fromEntries(names.map((name) => [name, null]));
}

const place = plain('line_start', 'line_end', 'column_start', 'column_end');

const healthShape: NodeShape = {
  type: 'WhatsAppBusinessHealthStatus',
  fields: {
    can_send_message: null,
    entities: {
      type: 'WhatsAppBusinessHealthStatusEntity',
      fields: {
        ...plain('entity_type', 'id', 'can_send_message', 'additional_info'),
        errors: {
          type: 'WhatsAppBusinessHealthStatusError',
          fields: plain('error_code', 'error_description', 'possible_solution'),
        },
      },
    },
  },
};

/** The edge `flows` of a business account, as a field. */
export const flowsField = 'flows';
/** The edge `assets` of a flow, as a field. */
const assetsField = 'assets';

export const assetShape: NodeShape = { type: 'FlowAsset', fields: plain('id', 'name', 'asset_type', 'download_url') };

export const businessAccountShape: NodeShape = {
  type: 'WhatsAppBusinessAccount',
  hasId: true,
  fields: {
    ...plain('id', 'name', 'timezone_id', 'message_template_namespace', 'currency', 'country', 'status'),
    ...plain('account_review_status', 'business_verification_status', 'business_type', 'creation_time'),
    ...plain('ownership_type', 'owner_business', 'owner_business_info', 'on_behalf_of_business_info'),
    ...plain('is_enabled_for_insights', 'marketing_messages_lite_api_status', 'marketing_messages_onboarding_status'),
    ...plain('disable_marketing_messages_on_cloud_api', 'primary_business_location', 'primary_funding_id'),
    ...plain('auth_international_rate_eligibility', 'purchase_order_number', 'linked_commerce_account'),
    ...plain('is_shared_with_partners', 'subscribed_apps', 'phone_numbers', 'message_templates', 'assigned_users'),
    ...plain('analytics', 'conversation_analytics', 'template_analytics', 'pricing_analytics', 'call_analytics'),
    ...plain('product_catalogs', 'schedules', 'metadata', flowsField),
    health_status: healthShape,
  },
};

export const flowShape: NodeShape = {
  type: 'Flow',
  hasId: true,
  fields: {
    ...plain('id', 'name', 'status', 'categories', 'json_version', 'data_api_version', 'updated_at', 'metadata'),
    // The second one is how it was called before v19.0.
    ...plain('endpoint_uri', 'data_channel_uri'),
    validation_errors: {
      type: 'FlowValidationError',
      fields: {
        ...plain('error', 'error_type', 'message'),
        ...place,
        pointers: { type: 'FlowValidationErrorPointer', fields: { ...place, path: null } },
      },
    },
    preview: { type: 'FlowPreview', fields: plain('preview_url', 'expires_at') },
    whatsapp_business_account: businessAccountShape,
    application: {
      type: 'Application',
      hasId: true,
      fields: plain('id', 'name', 'link', 'category', 'namespace', 'icon_url', 'logo_url', 'description'),
    },
    health_status: healthShape,
    [assetsField]: assetShape,
  },
};
