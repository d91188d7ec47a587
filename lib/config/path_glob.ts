/** Expanding the pattern of an `include` into file names, as glob(3) does, over an injected directory listing. */

import { globMatch, isGlob } from "../base/glob.ts";
import { byteStringToBytes } from "../base/byte_string.ts";

/** Whether a path holds `*`, `?` or `[`. */
export function isPathGlob(path: string): boolean {
  const bytes = byteStringToBytes(path);
  return isGlob(bytes, 0, bytes.length);
}

/** Whether one name of a directory matches one segment of a pattern; a leading dot must be spelled out. */
function matches(segment: string, name: string): boolean {
  if (name.startsWith(".") && !segment.startsWith(".")) return false;
  // glob(3) negates a class with `!`.
  const pattern = byteStringToBytes(segment.replaceAll("[!", "[^"));
  const bytes = byteStringToBytes(name);
  return globMatch(pattern, 0, pattern.length, bytes, 0, bytes.length, false);
}

/**
 * The existing paths that match `pattern`, sorted.
 * @param list the names in a directory; undefined when it is none
 */
export function expandPathGlob(
  pattern: string,
  list: (path: string) => readonly string[] | undefined,
): string[] {
  const absolute = pattern.startsWith("/");
  let found = [absolute ? "/" : ""];
  const segments = pattern.split("/").filter((segment) => segment !== "");
  for (const segment of segments) {
    const next: string[] = [];
    for (const parent of found) {
      const prefix = parent === "" || parent.endsWith("/") ? parent : `${parent}/`;
      const names = list(parent === "" ? "." : parent);
      if (segment === "." || segment === "..") next.push(prefix + segment);
      else if (isPathGlob(segment)) {
        for (const name of names ?? []) if (matches(segment, name)) next.push(prefix + name);
      } else if (names?.includes(segment)) next.push(prefix + segment);
    }
    found = next;
  }
  return found.sort();
}
