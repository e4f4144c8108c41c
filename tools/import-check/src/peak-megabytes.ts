import { readFileSync } from 'node:fs';

/** Largest resident memory of this process so far, in MB (10⁶ bytes). */
export function peakMegabytes(): number {
  const status = process.platform === 'linux' ? readFileSync('/proc/self/status', 'utf8') : '';
  const line = /^VmHWM:\s*(\d+) kB$/m.exec(status);
  const kibibytes = line === null ? process.resourceUsage().maxRSS : Number(line[1]);
  return (kibibytes * 1024) / 1e6;
}
