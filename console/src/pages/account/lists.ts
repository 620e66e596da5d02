/** `a, b、c` as a list. */
export function commaList(text: string): string[] {
  return text
    .split(/[,、]/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
