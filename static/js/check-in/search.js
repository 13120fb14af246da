// Search by name without accents. Pure functions.

// Small letters without accents: "Nguyễn Văn Đức" becomes "nguyen van duc".
export const fold = (words) =>
  words
    .normalize("NFD")
    .replace(/\p{Mn}+/gu, "")
    .toLowerCase()
    .replaceAll("đ", "d")
    .replaceAll("ø", "o")
    .replaceAll("ł", "l")
    .replaceAll("ı", "i")
    .replaceAll("ß", "ss")
    .replaceAll("æ", "ae")
    .replaceAll("œ", "oe");

export const foldNames = (rows) => rows.map(({ name }) => ` ${fold(name)}`);

// The rows whose name contains all words or whose number starts with them. Names in which each word starts a word come
// first.
export function searchRows(rows, foldedNames, query, limit = 20) {
  const words = fold(query).split(/\s+/).filter(Boolean);
  const digits = query.replace(/[\s\-–.]/g, "").toLowerCase();
  const isNumber = /^[0-9a-f]{4,8}$/.test(digits);
  if (!words.length) return [];
  const first = [];
  const others = [];
  for (let index = 0; index < rows.length; index += 1) {
    const name = foldedNames[index];
    if (name.length < 2) continue;
    if (isNumber && rows[index].number.startsWith(digits)) first.push(rows[index]);
    else if (words.every((word) => name.includes(` ${word}`))) first.push(rows[index]);
    else if (others.length < limit && words.every((word) => name.includes(word))) others.push(rows[index]);
    if (first.length >= limit) break;
  }
  return [...first, ...others].slice(0, limit);
}
