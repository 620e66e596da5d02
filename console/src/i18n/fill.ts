export type Values = Record<string, string | number>;

/** Puts the values into the `{places}` of a message; a place without a value stays visible. */
export function fill(message: string, values: Values = {}): string {
  return message.replaceAll(/\{([a-z_]+)\}/g, (place, name: string) => String(values[name] ?? place));
}
