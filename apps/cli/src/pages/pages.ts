export { insertSection } from './insert-section.ts';
export { markdownTable } from './markdown-table.ts';
