// The only way to the server: the public API, typed by its OpenAPI document.
import createClient from 'openapi-fetch';
import { readProblem, unreachable, type Problem } from './problem';
import type { paths } from './schema';

export const api = createClient<paths>({ baseUrl: '/api/v1' });

export type Answer<T> = { readonly data: T; readonly problem?: never } | { readonly problem: Problem; readonly data?: never };

interface Reply<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** Waits for a reply and sorts it into data or problem; never throws. */
export async function ask<T>(reply: Promise<Reply<T>>): Promise<Answer<T>> {
  try {
    const { data, error, response } = await reply;
    // A 204 has no body; its callers only look whether there is a problem.
    if (response.ok) return { data: data as T };
    return { problem: readProblem(error, response.status) };
  } catch {
    return { problem: unreachable };
  }
}
