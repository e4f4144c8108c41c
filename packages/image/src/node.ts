export { dataFolder, openImageData } from './data/open-image-data.ts';
export type { OpenImageDataOptions, OpenedImageData } from './data/open-image-data.ts';
