export interface ApiRequest {
  readonly method: string;
  /** Path and query as they stand in the request line. */
  readonly target: string;
  /** Scheme and host under which the server was called, for links to further pages. */
  readonly origin: string;
  readonly contentType?: string;
  readonly body?: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
}

/** Answers a request; never rejects. */
export type App = (request: ApiRequest) => Promise<ApiAnswer>;
