// @boundaries-ignore every package takes the workspace's test settings
export { default } from '../../vitest.shared.ts';
