export { codecAtBytes } from './codec-at-bytes.ts';
export type { CodecBudget, CodecResult } from './codec-at-bytes.ts';
export { openJpeg, openWebp } from './picture-codec.ts';
export type { PictureCodec, RgbPicture } from './picture-codec.ts';
