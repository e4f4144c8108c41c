/** Shades from the first step to the last: points of matplotlib's viridis, even in lightness. */
const points = [
  [68, 1, 84],
  [59, 82, 139],
  [33, 145, 140],
  [94, 201, 98],
  [253, 231, 37],
] as const;

/** Shades that are told apart; plans of more steps share them. */
export const mostShades = 64;

/** Shade of a step, 0 to `mostShades - 1`. */
export function shadeOf(step: number, steps: number): number {
  return steps === 1 ? 0 : Math.round((step / (steps - 1)) * (mostShades - 1));
}

/** `#rrggbb` of a shade. */
export function shadeColor(shade: number): string {
  const at = (shade / (mostShades - 1)) * (points.length - 1);
  const below = Math.min(points.length - 2, Math.floor(at));
  const channels = points[below].map((value, channel) =>
    Math.round(value + (points[below + 1][channel] - value) * (at - below)),
  );
  return `#${channels.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

/** Color of text on a shade. */
export function textColor(shade: number): string {
  return shade < 0.6 * mostShades ? '#fff' : '#000';
}
