import { readFileSync } from 'node:fs';

/**
 * Largest resident memory of this process so far, in MB (10⁶ bytes). Where the system tells it, that of the program
 * itself: the other figure may count what its parent held when it started it.
 */
export function peakMegabytes(): number {
  const kibibytes = ownPeak() ?? process.resourceUsage().maxRSS;
  return (kibibytes * 1024) / 1e6;
}

function ownPeak(): number | undefined {
  try {
    const line = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    return line === null ? undefined : Number(line[1]);
  } catch {
    return undefined; // a system without /proc
  }
}
