/** How a request through the recorder ended. */
export type ForwardResult =
  /** The endpoint's answer arrived whole, with this HTTP status. */
  | { readonly kind: 'answered'; readonly status: number }
  /** There was none, or it broke off. `reason` is the code of the error, such as ECONNREFUSED. */
  | { readonly kind: 'noAnswer'; readonly reason: string }
  /** The endpoint stayed silent until the recorder gave it up. */
  | { readonly kind: 'timedOut' }
  /** The caller hung up before the answer was there. `isEndpointsTurn`: the rest of the request was not waited for. */
  | { readonly kind: 'callerGone'; readonly isEndpointsTurn: boolean }
  /** The request is none that the recorder passes on; the endpoint is not to blame. */
  | { readonly kind: 'refused'; readonly why: string }
  /** The way to the endpoint leads back to the recorder, which refused the request there. */
  | { readonly kind: 'circular' }
  /** The endpoint closed a kept connection while the request was on its way: whether it took the request is not known. */
  | { readonly kind: 'crossed' }
  /** The recorder could not do its part: it had no sockets or memory left, or met something unexpected. */
  | { readonly kind: 'outOfResources'; readonly reason: string };
