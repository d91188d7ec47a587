/**
 * What Linux tells about this process in `/proc`, as pure functions over the
 * text of its files; on another system the callers fall back to zeros.
 */

import type { CpuUsage } from "./types.ts";

/** USER_HZ, which the kernel fixes at 100 for everything it shows to programs. */
const TICKS_PER_SECOND = 100;

/**
 * CPU time of waited-for children.
 * @param stat the text of `/proc/self/stat`
 */
export function childCpuFromStat(stat: string): CpuUsage {
  // The command's name, in parentheses, may hold spaces: fields are counted after its end, the state being 3.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return {
    user: Number(fields[16 - 3]) / TICKS_PER_SECOND,
    system: Number(fields[17 - 3]) / TICKS_PER_SECOND,
  };
}

/**
 * The soft limit of open files.
 * @param limits the text of `/proc/self/limits`
 * @returns undefined when the line is missing; `Number.MAX_SAFE_INTEGER` for unlimited
 */
export function openFilesFromLimits(limits: string): number | undefined {
  const found = /^Max open files\s+(\S+)/m.exec(limits);
  if (found === null) return undefined;
  return found[1] === "unlimited" ? Number.MAX_SAFE_INTEGER : Number(found[1]);
}
