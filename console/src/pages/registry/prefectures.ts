// JIS X 0401: the codes of the 47 prefectures.
export const prefectures: readonly string[] = Array.from({ length: 47 }, (_, index) => String(index + 1).padStart(2, '0'));
