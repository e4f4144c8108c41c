export { openFile } from './io/file-source.ts';
