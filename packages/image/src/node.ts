export { importOfficialModel } from './import-official-model.ts';
export type { ImportOfficialOptions, ImportReport } from './import-official-model.ts';
export { openImageData } from './data/open-image-data.ts';
export type { OpenImageDataOptions, OpenedImageData } from './data/open-image-data.ts';
export { loadShipped, shippedModels } from './shipped.ts';
