/** The one way to the room's API: language, CSRF token and activity go with every call; problems become errors. */

import type { Language, Needs } from "./types";

export interface FieldFault {
  field: string;
  message: string;
}

/** The centre answered with a problem document (RFC 9457). */
export class RoomProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly traceId: string | null,
    readonly retryAfterS: number | null,
    readonly needs: Needs | "code" | null,
    /** What is wrong with which field of the request: `body.senders.1.networks.0`. */
    readonly faults: readonly FieldFault[] = [],
  ) {
    super(`${code}: ${detail}`);
    this.name = "RoomProblem";
  }
}

/** The centre did not answer, or a proxy in between answered for it. */
export class Unreachable extends Error {
  constructor() {
    super("the centre does not answer");
    this.name = "Unreachable";
  }
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
type Listener = (problem: RoomProblem) => void;

const ROOT = "/room/v1";
const TIMEOUT_MS = 20_000;

/** One connection to the room. It holds what every call carries; who sits at the browser is the session's business. */
export class RoomClient {
  csrf: string | null = null;
  language: Language = "zh-CN";
  /** Asked before each call: has the person touched keyboard or mouse since the last one? */
  takeActivity: () => boolean = () => false;
  readonly #onRefused = new Set<Listener>();

  /** Told of every problem, so that the session learns when it ended or was locked. Returns the way to stop. */
  onProblem(listener: Listener): () => void {
    this.#onRefused.add(listener);
    return () => this.#onRefused.delete(listener);
  }

  get<T>(path: string, signal?: AbortSignal): Promise<T> {
    return this.#call<T>("GET", path, undefined, signal);
  }

  send<T>(method: Exclude<Method, "GET">, path: string, body?: unknown): Promise<T> {
    return this.#call<T>(method, path, body);
  }

  async #call<T>(method: Method, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), TIMEOUT_MS);
    const abort = (): void => timeout.abort();
    signal?.addEventListener("abort", abort);
    try {
      const answer = await this.#fetch(method, path, body, timeout.signal);
      if (answer.ok) return (answer.status === 204 ? undefined : await answer.json()) as T;
      const problem = await problemOf(answer);
      for (const listener of this.#onRefused) listener(problem);
      throw problem;
    } catch (fault) {
      if (fault instanceof RoomProblem) throw fault;
      if (signal?.aborted) throw fault;
      throw new Unreachable();
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    }
  }

  #fetch(method: Method, path: string, body: unknown, signal: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = { Accept: "application/json", "Accept-Language": this.language };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (method !== "GET" && this.csrf !== null) headers["X-CSRF-Token"] = this.csrf;
    if (this.takeActivity()) headers["X-User-Active"] = "1";
    const content = body === undefined ? null : JSON.stringify(body);
    return fetch(ROOT + path, { method, headers, body: content, signal, credentials: "same-origin", cache: "no-store" });
  }
}

/** The problem in an answer. A proxy's own page is no problem document: then the centre was not reached. */
async function problemOf(answer: Response): Promise<RoomProblem> {
  const type = answer.headers.get("Content-Type") ?? "";
  if (!type.includes("json")) throw new Unreachable();
  const document = (await answer.json()) as Record<string, unknown>;
  const text = (key: string): string | null => (typeof document[key] === "string" ? document[key] : null);
  const wait = Number(answer.headers.get("Retry-After") ?? "");
  return new RoomProblem(
    answer.status,
    text("code") ?? "unknown",
    text("detail") ?? "",
    text("trace_id"),
    Number.isFinite(wait) && wait > 0 ? wait : null,
    text("needs") as RoomProblem["needs"],
    Array.isArray(document["errors"]) ? (document["errors"] as FieldFault[]) : [],
  );
}

export const room = new RoomClient();
